import { capture } from "./command.ts";
import { type Counters, readCounters } from "./counters.ts";
import { dumpRouter } from "./dump.ts";
import { inRouter, ROOT_PATH, type Root } from "./root.ts";
import { connectionsIn, handshakesIn, type SshAccess, sshdLog } from "./sshd.ts";
import { type WriteWatch, watchWrites } from "./watch.ts";

export interface Router {
  readonly ssh: SshAccess;
  /** The lab's directory on the host: keys, known_hosts, sshd.log. */
  readonly dir: string;
  /** The directory that holds only what differs from the host's file system (an overlay's upper layer). */
  readonly changes: string;
  /** The router's root folder as it is seen from here: a look at a file needs no process. */
  readonly root: string;
  /** argv prefix that runs a program on the router: its network, files, processes and host name. */
  readonly enter: readonly string[];
  /** Runs a shell command on the router without ssh; throws with what it said when it fails. */
  exec(command: string, input?: string): Promise<string>;
  dump(): Promise<string>;
  /** Completed ssh logins so far. */
  handshakes(): Promise<number>;
  /** TCP connections to sshd so far, logins included. */
  connections(): Promise<number>;
  counters(): Promise<Counters>;
  watchWrites(): Promise<WriteWatch>;
}

export const createRouter = (
  dir: string,
  namespace: string,
  root: Root,
  ssh: SshAccess,
  backend: "legacy" | "nft",
): Router => {
  const enter = inRouter(root);
  return {
    ssh,
    dir,
    changes: root.changes,
    root: `/proc/${root.pid}/root`,
    enter,
    exec: async (command, input) => {
      const argv = [...enter, "env", "-i", `PATH=${ROOT_PATH}`, "HOME=/root", "LC_ALL=C", "/bin/sh", "-c", command];
      const { code, stdout, stderr } = await capture(argv, input === undefined ? {} : { input });
      if (code === 0) return stdout;
      throw new Error(`router: exit code ${code}: ${command}\n${stderr}${stdout}`.trimEnd());
    },
    dump: () => dumpRouter(root, namespace),
    handshakes: async () => handshakesIn(await sshdLog(dir)),
    connections: async () => connectionsIn(await sshdLog(dir)),
    counters: () => readCounters(namespace, backend),
    watchWrites: () => watchWrites(namespace),
  };
};
