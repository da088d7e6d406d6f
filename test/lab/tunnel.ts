import { appendFile, readFile } from "node:fs/promises";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { join as joinPath } from "node:path";
import { type Closable, join, listening } from "./agent-listen.ts";
import type { Hosts } from "./hosts.ts";
import { type Host, MANAGEMENT } from "./names.ts";

export interface Tunnel extends Closable {
  readonly host: "127.0.0.1";
  readonly port: number;
}

/** From which host to which address of the router's sshd: from the operator to the management network by default. */
export interface TunnelOptions {
  readonly from?: Host;
  readonly to?: string;
}

/**
 * A port on our own loopback that leads to the router's sshd: over a UNIX socket, which knows no network namespaces,
 * to a relay in the namespace of a host. So a test can use ssh although it has no address in the lab.
 */
export const openTunnel = async (
  dir: string,
  hosts: Hosts,
  n: number,
  { from = "operator", to = MANAGEMENT.router }: TunnelOptions = {},
): Promise<Tunnel> => {
  const path = joinPath(dir, `tunnel-${n}`);
  await hosts.ask(from, { op: "relay", path, host: to, port: 22 });
  const sockets = new Set<Socket>();
  const server = createServer((near) => join(sockets, near, createConnection(path)));
  const { close } = await listening(server, sockets, (done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const knownHosts = joinPath(dir, "known_hosts");
  const [line = ""] = (await readFile(knownHosts, "utf8")).split("\n");
  await appendFile(knownHosts, `${line.replace(/^\S+/, `[127.0.0.1]:${port}`)}\n`);
  // A forgotten tunnel must not keep the test process from ending.
  server.unref();
  return { host: "127.0.0.1", port, close };
};
