import type { ChildProcess, SpawnOptions } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { names, removeLab, removeLabNow, sweep } from "./cleanup.ts";
import { capture, inNet, type Output, type RunOptions, start } from "./command.ts";
import { FOREIGN_RT_TABLES, FOREIGN_SCRIPT, RT_TABLES } from "./foreign.ts";
import { createHosts } from "./hosts.ts";
import { killIsp, reviveIsp, setUpIsps } from "./isp.ts";
import { type Host, type Isp, labId, namespaceOf, ROLES, type Role, THREE_ISPS, TWO_ISPS } from "./names.ts";
import { type Flow, seenFlows } from "./observe.ts";
import { type ConnectOptions, createProber, type Held, type Probe } from "./probe.ts";
import { obstacle } from "./requirements.ts";
import { ROOT_PATH, startRoot } from "./root.ts";
import { createRouter, type Router } from "./router.ts";
import { prepareSshd, sshdListens } from "./sshd.ts";
import { buildTopology, flapLink } from "./topology.ts";
import { openTunnel, type Tunnel, type TunnelOptions } from "./tunnel.ts";
import type { Proto } from "./wire.ts";

export { sweep } from "./cleanup.ts";
export type { Counters } from "./counters.ts";
export { type Host, INTERNET, type Isp, LAN, MANAGEMENT, type Role, WANS } from "./names.ts";
export type { Flow, Path, Paths } from "./observe.ts";
export type { ConnectOptions, Held, Probe } from "./probe.ts";
export type { Router } from "./router.ts";
export { type SshAccess, UNTOLD } from "./sshd.ts";
export type { Tunnel } from "./tunnel.ts";
export type { WriteWatch } from "./watch.ts";

export interface LabOptions {
  /** What iptables, iptables-save and iptables-restore mean on the router; nft by default. */
  readonly iptables?: "legacy" | "nft";
  /** The router's /bin/sh and root's login shell; dash by default, busybox with `busybox: true`. */
  readonly sh?: "dash" | "busybox";
  /** Make ip, grep, sed, ... on the router busybox applets. */
  readonly busybox?: boolean;
  /** rp_filter of all router interfaces at the start; strict (1) by default. */
  readonly rpFilter?: 0 | 1 | 2;
  /** A default route the router has from the start, e.g. `default via 149.99.251.145 dev eth1`. */
  readonly defaultRoute?: string;
  /** Other people's rules, routes and tables on the router; true by default. */
  readonly foreign?: boolean;
  /** A third ISP, on the router's eth4; false by default. */
  readonly thirdIsp?: boolean;
  /** Lines for sshd_config that take precedence over the lab's. */
  readonly sshdConfig?: readonly string[];
}

export interface ServerOptions {
  readonly port: number;
  /** tcp by default. */
  readonly proto?: Proto;
  /** Every address of the host by default. */
  readonly address?: string;
  /** The banner clients see; `<host> <proto>/<port>` by default. */
  readonly reply?: string;
}

export interface Server extends AsyncDisposable {
  close(): Promise<void>;
}

export interface Lab extends AsyncDisposable {
  readonly id: string;
  readonly router: Router;
  readonly namespaces: Readonly<Record<Role, string>>;
  readonly operatorNs: string;
  /** Starts a program in a namespace; "router" means its files and processes as well. */
  inNamespace(role: Role, argv: readonly string[], options?: RunOptions & Pick<SpawnOptions, "stdio">): ChildProcess;
  /** The same up to its end, whatever its exit code. */
  run(role: Role, argv: readonly string[], options?: RunOptions): Promise<Output>;
  tunnel(options?: TunnelOptions): Promise<Tunnel>;
  server(host: Host, options: ServerOptions): Promise<Server>;
  connect(options: ConnectOptions & { readonly hold: true }): Promise<Held>;
  connect(options: ConnectOptions & { readonly hold?: false }): Promise<Probe>;
  flows(): Promise<readonly Flow[]>;
  killIsp(isp: Isp): Promise<void>;
  reviveIsp(isp: Isp): Promise<void>;
  flapLink(device: string): Promise<void>;
  stop(): Promise<void>;
}

let labs = 0;

export const startLab = async (options: LabOptions = {}): Promise<Lab> => {
  const problem = obstacle();
  if (problem !== undefined) throw new Error(problem);
  await sweep();
  const id = freeId();
  const abandon = () => removeLabNow(id);
  process.once("exit", abandon);
  const stop = async () => {
    await removeLab(id);
    process.off("exit", abandon);
  };
  try {
    return await build(id, options, stop);
  } catch (error) {
    await stop();
    throw error;
  }
};

const freeId = (): string => {
  const taken = [...names("/run/netns"), ...names(tmpdir())];
  let id: string;
  do id = labId(process.pid, ++labs);
  while (taken.some((name) => name.startsWith(`${id}-`)));
  return id;
};

const build = async (id: string, options: LabOptions, end: () => Promise<void>): Promise<Lab> => {
  const { iptables = "nft", busybox = false, rpFilter = 1, foreign = true, sshdConfig = [] } = options;
  const isps = options.thirdIsp ? THREE_ISPS : TWO_ISPS;
  const dir = await mkdtemp(join(tmpdir(), `${id}-`));
  const namespaces = Object.fromEntries(ROLES.map((role) => [role, namespaceOf(id, role)])) as Record<Role, string>;
  const [ssh] = await Promise.all([
    prepareSshd(dir, sshdConfig),
    seedRoot(dir, foreign),
    buildTopology(id, { rpFilter, defaultRoute: options.defaultRoute, isps }),
  ]);
  const sh = options.sh ?? (busybox ? "busybox" : "dash");
  const [root] = await Promise.all([startRoot(dir, namespaces.router, { iptables, sh, busybox }), setUpIsps(id, isps)]);
  const router = createRouter(dir, namespaces.router, root, ssh, iptables);
  await Promise.all([sshdListens(dir), foreign ? router.exec(FOREIGN_SCRIPT) : undefined]);

  const hosts = createHosts(id, dir);
  const prober = createProber(id, isps, hosts);
  const tunnels: Tunnel[] = [];
  const inside = (role: Role) => (role === "router" ? router.enter : inNet(namespaces[role]));
  const environment = (role: Role, { env, ...rest }: RunOptions) => ({
    ...rest,
    env: { ...(role === "router" ? { PATH: ROOT_PATH, HOME: "/root" } : {}), ...env },
  });
  const stop = async () => {
    for (const tunnel of tunnels) tunnel.close();
    hosts.stop();
    root.process.kill("SIGKILL");
    await end();
  };
  return {
    id,
    router,
    namespaces,
    operatorNs: namespaces.operator,
    inNamespace: (role, argv, { stdio, ...rest } = {}) =>
      start([...inside(role), ...argv], { ...environment(role, rest), ...(stdio === undefined ? {} : { stdio }) }),
    run: (role, argv, rest = {}) => capture([...inside(role), ...argv], environment(role, rest)),
    tunnel: async (options) => {
      const tunnel = await openTunnel(dir, hosts, tunnels.length, options);
      tunnels.push(tunnel);
      return tunnel;
    },
    server: async (host, { port, proto = "tcp", address = "0.0.0.0", reply = `${host} ${proto}/${port}` }) => {
      const { handle = -1 } = await hosts.ask(host, { op: "listen", proto, port, address, banner: reply });
      const close = async () => void (await hosts.ask(host, { op: "unlisten", handle }));
      return { close, [Symbol.asyncDispose]: close };
    },
    connect: ((request: ConnectOptions & { readonly hold?: boolean }) =>
      request.hold ? prober.hold(request) : prober.probe(request)) as Lab["connect"],
    flows: () => seenFlows(id, isps),
    killIsp: (isp) => killIsp(id, isp),
    reviveIsp: (isp) => reviveIsp(id, isp),
    flapLink: (device) => flapLink(id, device),
    stop,
    [Symbol.asyncDispose]: stop,
  };
};

const seedRoot = async (dir: string, foreign: boolean): Promise<void> => {
  const iproute2 = join(dir, "seed/etc/iproute2");
  // Debian's ifupdown, whose scripts run when a link comes up.
  await mkdir(join(dir, "seed/etc/network/if-up.d"), { recursive: true });
  await mkdir(iproute2, { recursive: true });
  await writeFile(join(iproute2, "rt_tables"), foreign ? RT_TABLES + FOREIGN_RT_TABLES : RT_TABLES);
};
