import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { inNet, start } from "./command.ts";

/**
 * The router's own machine: a root file system of its own over the host's (everything written is private and readable
 * from outside), its own /run, /tmp, /proc, process ids and host name. So logins see a router that shares nothing
 * with the host or with another lab, and whatever they leave running ends with it.
 */
export interface Root {
  /** The host's pid of the router's first process; its namespaces are the router's. */
  readonly pid: number;
  /** The directory, valid while the router runs, that holds only what differs from the host's file system. */
  readonly changes: string;
  readonly process: ChildProcess;
}

export interface RootOptions {
  readonly iptables: "legacy" | "nft";
  readonly sh: "dash" | "busybox";
  /** Replace the usual commands (ip, grep, sed, ...) by busybox applets. */
  readonly busybox: boolean;
}

/**
 * `dir` is the lab's directory: `dir/seed` is copied over the root before the start, `dir/sshd.log` gets sshd's log.
 * The first process ends with its standard input, hence with us, and takes the whole process-id namespace along.
 */
export const startRoot = async (dir: string, namespace: string, options: RootOptions): Promise<Root> => {
  await Promise.all(["disk", "root", "seed"].map((name) => mkdir(join(dir, name), { recursive: true })));
  const log = await open(join(dir, "sshd.log"), "a");
  const own = ["unshare", "--mount", "--pid", "--uts", "--fork", "--kill-child"];
  const init = ["sh", "-e", INIT, dir, options.iptables, options.sh, options.busybox ? "busybox" : ""];
  const child = start([...inNet(namespace), ...own, ...init], {
    stdio: ["pipe", "pipe", "pipe", log.fd],
    // The host's variables (npm's, jest's) are no part of a router.
    env: { ...Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined])), PATH: ROOT_PATH },
  });
  try {
    await ready(child);
  } finally {
    await log.close();
  }
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8");
  const pid = Number(children.trim());
  return { pid, changes: `/proc/${pid}/fd/9`, process: child };
};

const INIT = join(import.meta.dirname, "init.sh");

export const ROOT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** argv prefix that runs a program as if it had been started on the router. */
export const inRouter = (root: Root): string[] => ["nsenter", "-t", String(root.pid), "-m", "-n", "-p", "-u"];

const ready = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let complaint = "";
    child.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
      complaint += chunk;
    });
    child.stdout!.once("data", () => resolve());
    child.once("error", reject);
    child.once("close", (code) =>
      reject(new Error(`The router did not start (exit code ${code}): ${complaint.trim()}`)),
    );
  });
