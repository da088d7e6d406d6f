/** What a router may run out of, and gets back. The tests' own commands are spared: they come from outside. */
import { execFileSync } from "node:child_process";
import { statfsSync } from "node:fs";
import { join } from "node:path";
import { controlGroup } from "../../lab/control-group.ts";
import type { Lab } from "../../lab/index.ts";
import { nameOf, workOf } from "../../lab/processes.ts";

/** Begins at once. Answers how it ends; undefined where this machine cannot have it. */
type Begin = (lab: Lab) => Promise<(() => Promise<void>) | undefined>;

type Settings = readonly (readonly [file: string, text: string])[];

/** Also for those that leave the group: it is the router that has no more, not one session. */
const group =
  (controller: "pids" | "memory", settings: Settings, enough: Settings): Begin =>
  async (lab) => {
    const limited = controlGroup(lab, controller, () => settings);
    if (!limited) return undefined;
    const timer = setInterval(limited.gather, 50);
    return async () => {
      clearInterval(timer);
      // Who waits in the group is woken by it.
      for (const [file, text] of enough) limited.write(file, text);
      limited.leave();
    };
  };

/** Of every process but sshd, which would not take a connection any more; who is started later inherits it. */
const limit =
  (name: "nofile" | "as", most: number, usual: string): Begin =>
  async (lab) => {
    const set = (value: string) => {
      for (const pid of workOf(lab.router))
        if (!nameOf(pid).startsWith("sshd"))
          try {
            execFileSync("prlimit", ["--pid", String(pid), `--${name}=${value}:`], { stdio: "ignore" });
          } catch {
            // It has ended.
          }
    };
    set(String(most));
    set(String(most));
    return async () => {
      set(usual);
      set(usual);
    };
  };

export const FILL_RUN = "mount -o remount,size=1m /run; cat /dev/zero >/run/zero 2>/dev/null; true";
export const EMPTY_RUN = "rm -f /run/zero; mount -o remount,size=50% /run";

export const SCARCE = {
  "no process": group("pids", [["pids.max", "0"]], []),
  // Whoever needs a page waits for it, and fork fails. Nobody is killed for memory: the lab's sshd would be the first. Only version
  // 1 of control groups can have that.
  "no memory": group(
    "memory",
    [
      ["memory.limit_in_bytes", "65536"],
      ["memory.oom_control", "1"],
    ],
    [["memory.limit_in_bytes", "-1"]],
  ),
  "no address space": limit("as", 1, "unlimited"),
  "no file to open": limit("nofile", 3, "1024"),
  "no room in /run": async ({ router }) => {
    await router.exec(FILL_RUN);
    return async () => void (await router.exec(EMPTY_RUN));
  },
  "no file more in /run": async ({ router }) => {
    const { files } = statfsSync(join(router.root, "run"));
    // A file that comes between the count and its limit is in the way of it.
    for (let tries = 1; ; tries++)
      try {
        const { files: all, ffree } = statfsSync(join(router.root, "run"));
        await router.exec(`mount -o remount,nr_inodes=${all - ffree} /run`);
        break;
      } catch (error) {
        if (tries === 10) throw error;
      }
    return async () => void (await router.exec(`mount -o remount,nr_inodes=${files} /run`));
  },
} satisfies Readonly<Record<string, Begin>>;

export type Scarcity = keyof typeof SCARCE;
export const SCARCITIES = Object.keys(SCARCE) as Scarcity[];
