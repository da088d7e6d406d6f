import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "./command.ts";
import { MANAGEMENT } from "./names.ts";

/** What a client needs to log in; `host` is reachable from the operator's namespace, elsewhere use `lab.tunnel()`. */
export interface SshAccess {
  readonly host: string;
  readonly port: number;
  readonly user: "root";
  readonly keyFile: string;
  /** The host key's fingerprint in OpenSSH's notation, `SHA256:...`. */
  readonly hostKey: string;
  readonly knownHostsFile: string;
}

/**
 * Lines for sshd_config of a router that tells nobody by which address a session came in: its preview cannot refuse what
 * captures that address, and the proof after a change has to.
 */
export const UNTOLD: readonly string[] = ["ForceCommand exec env -u SSH_CONNECTION /bin/sh"];

/** Writes keys and configuration to where a real router has them (under `dir/seed`) before the router starts. */
export const prepareSshd = async (dir: string, extraConfig: readonly string[]): Promise<SshAccess> => {
  const etc = join(dir, "seed/etc/ssh");
  const home = join(dir, "seed/root/.ssh");
  await Promise.all([etc, home].map((path) => mkdir(path, { recursive: true })));
  const hostKeyFile = join(etc, "ssh_host_ed25519_key");
  const keyFile = join(dir, "id_ed25519");
  await Promise.all([generateKey(hostKeyFile, "router"), generateKey(keyFile, "operator")]);
  await copyFile(`${keyFile}.pub`, join(home, "authorized_keys"));
  await chmod(join(dir, "seed/root"), 0o700);
  await writeFile(join(etc, "sshd_config"), [...extraConfig, ...CONFIG, ""].join("\n"));
  const [type = "", blob = ""] = (await readFile(`${hostKeyFile}.pub`, "utf8")).split(" ");
  const knownHostsFile = join(dir, "known_hosts");
  await writeFile(knownHostsFile, `${MANAGEMENT.router} ${type} ${blob}\n`);
  const digest = createHash("sha256").update(Buffer.from(blob, "base64")).digest("base64").replace(/=+$/, "");
  return { host: MANAGEMENT.router, port: 22, user: "root", keyFile, hostKey: `SHA256:${digest}`, knownHostsFile };
};

/** sshd is up as soon as it says that it listens; a connection attempt would count in its log. */
export const sshdListens = async (dir: string): Promise<void> => {
  for (let round = 0; round < 1000; round++) {
    const log = await sshdLog(dir);
    if (log.includes("Server listening")) return;
    if (/fatal|rror/.test(log)) break;
    await sleep(5);
  }
  throw new Error(`The router's sshd does not listen: ${(await sshdLog(dir)).trim()}`);
};

export const sshdLog = (dir: string): Promise<string> => readFile(join(dir, "sshd.log"), "utf8");

/** Completed logins: key exchange plus authentication. */
export const handshakesIn = (log: string): number => log.match(/^Accepted \S+ for /gm)?.length ?? 0;

/** TCP connections sshd accepted, including those that only read the banner. */
export const connectionsIn = (log: string): number => log.match(/^Connection from /gm)?.length ?? 0;

const generateKey = (file: string, comment: string): Promise<string> =>
  run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", file]);

// sshd takes the first value it meets, so the caller's lines come before these.
const CONFIG = [
  "Port 22",
  "ListenAddress 0.0.0.0",
  "HostKey /etc/ssh/ssh_host_ed25519_key",
  "PidFile /run/sshd.pid",
  "LogLevel VERBOSE",
  "UsePAM no",
  "PermitRootLogin prohibit-password",
  "PasswordAuthentication no",
  "KbdInteractiveAuthentication no",
  "UseDNS no",
  "PrintMotd no",
  "Subsystem sftp internal-sftp",
];
