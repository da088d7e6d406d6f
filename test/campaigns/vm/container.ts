/** A real systemd as the first process of a container: its own files, processes, network and control groups; a second to boot. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

interface Places {
  readonly switchNs: string;
  readonly dir: string;
  readonly id: string;
}

/** @param image a disk with the root's files, which stays as it is */
export function startContainer(image: string, { switchNs, dir, id }: Places): ChildProcess {
  // Version 2 alone, also where version 1 has the controllers.
  const unified = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].find((path) => existsSync(join(path, "cgroup.procs")))!;
  const group = join(unified, `${id}-systemd`);
  const machine = join(dir, "machine");
  mkdirSync(group);
  const own = ["unshare", "--mount", "--pid", "--uts", "--ipc", "--cgroup", "--fork", "--kill-child"];
  const child = spawn(
    "sh",
    ["-c", 'echo $$ >"$0/cgroup.procs"; exec "$@"', group, "nsenter", `--net=/run/netns/${switchNs}`, ...own].concat([
      ...["sh", "-e", join(import.meta.dirname, "container.sh"), machine, image],
    ]),
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  process.once("exit", () => {
    child.kill("SIGKILL");
    for (let i = 0; i < 30 && existsSync(group); i++)
      spawnSync("sh", ["-c", 'find "$0" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.1', group]);
  });
  return child;
}
