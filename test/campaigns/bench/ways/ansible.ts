/** Ansible: a playbook of one task per thing, modules where core has them, shell where it has not; pipelining, no facts. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commands } from "../shell.ts";
import { type Job, type Thing, things } from "../site.ts";
import type { Way } from "../way.ts";

export const ansible: Way = {
  name: "Ansible",
  obstacle: () =>
    spawnSync("ansible-playbook", ["--version"]).status === 0 ? undefined : "no ansible-playbook on PATH",
  start: async (lab, { host, port }) => {
    const dir = mkdtempSync(join(tmpdir(), "multiwan-bench-"));
    const write = (name: string, content: unknown) =>
      writeFileSync(join(dir, name), typeof content === "string" ? content : JSON.stringify(content));
    write(
      "ansible.cfg",
      "[defaults]\nhost_key_checking = False\ngathering = explicit\n[ssh_connection]\npipelining = True\n",
    );
    const { keyFile } = lab.router.ssh;
    const login = `ansible_user=root ansible_ssh_private_key_file=${keyFile} ansible_python_interpreter=/usr/bin/python3`;
    write("hosts", `router ansible_host=${host} ansible_port=${port} ${login}\n`);
    return {
      do: async (job) => {
        // JSON is YAML.
        write("site.yml", [{ hosts: "router", gather_facts: false, tasks: tasks(job) }]);
        const options = { cwd: dir, env: { HOME: dir, ANSIBLE_NOCOLOR: "1", LC_ALL: "C.UTF-8" } };
        const { code, stdout, stderr } = await lab.run(
          "operator",
          ["ansible-playbook", "-i", "hosts", "site.yml"],
          options,
        );
        if (code !== 0) throw new Error(stdout + stderr);
      },
      [Symbol.asyncDispose]: async () => rmSync(dir, { recursive: true, force: true }),
    };
  },
};

function tasks(job: Job): object[] {
  const all = things(job);
  return (job === "away" ? all.reverse() : all).map((thing) => task(thing, job === "away"));
}

function task(thing: Thing, away: boolean): object {
  const state = away ? "absent" : "present";
  const module = "ansible.builtin";
  switch (thing.kind) {
    case "name":
      return {
        [`${module}.lineinfile`]: { path: "/etc/iproute2/rt_tables", line: `${thing.id} ${thing.name}`, state },
      };
    case "door": {
      const match = {
        chain: "PREROUTING",
        destination: thing.to,
        protocol: "tcp",
        destination_port: String(thing.port),
      };
      return { [`${module}.iptables`]: { table: "nat", ...match, jump: "DNAT", to_destination: thing.server, state } };
    }
    case "source": {
      const match = { chain: "POSTROUTING", out_interface: thing.device, source: thing.server };
      return { [`${module}.iptables`]: { table: "nat", ...match, jump: "SNAT", to_source: thing.as, state } };
    }
    default: {
      const { put, take, look } = commands(thing);
      const say = (command: string) => `{ ${command} && echo done; }`;
      const command = away ? `! ${look} || ${say(take)}` : `${look} || ${say(put)}`;
      return { [`${module}.shell`]: command, register: "said", changed_when: "'done' in said.stdout" };
    }
  }
}
