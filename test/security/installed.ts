/** A user of the router who may run one of the package's scripts as root, as docs/installation-configuration.md says. */
import { ROUTER_SCRIPTS } from "../../provider/observe/root-scripts.ts";
import type { Lab } from "../lab/index.ts";

/** The user logs in with root's keys. */
export async function install(lab: Lab, user: string, script: keyof typeof ROUTER_SCRIPTS): Promise<void> {
  const path = `/usr/local/sbin/${script}`;
  await lab.router.exec(`cat >${path}; chmod 755 ${path}`, ROUTER_SCRIPTS[script]);
  await lab.router.exec(
    `useradd -m -s /bin/sh -p '*' ${user}; mkdir /home/${user}/.ssh; cp /root/.ssh/authorized_keys /home/${user}/.ssh
     chown -R ${user} /home/${user}/.ssh
     umask 0337; echo '${user} ALL=(root) NOPASSWD: ${path} ""' >/etc/sudoers.d/${user}; visudo -cf /etc/sudoers >/dev/null`,
  );
}
