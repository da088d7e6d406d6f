/**
 * The site of the lab in one place: who exists and which address they have.
 * The numbers are those of the two-ISP write-up the project implements; all of them live inside namespaces only.
 */
export const ROLES = [
  "router",
  "isp1",
  "isp2",
  "isp3",
  "internet",
  "lan",
  "server1",
  "server2",
  "server3",
  "lanhost",
  "operator",
] as const;
export type Role = (typeof ROLES)[number];

/** Roles that can open and accept connections; `lan` is only the switch. */
export type Host = Exclude<Role, "lan">;
export type Isp = "isp1" | "isp2" | "isp3";

export interface Wan {
  readonly device: "eth1" | "eth2" | "eth4";
  readonly router: string;
  readonly gateway: string;
  readonly link: string;
  readonly block: string;
  readonly transit: { readonly isp: string; readonly internet: string };
}

export const WANS: Readonly<Record<Isp, Wan>> = {
  isp1: {
    device: "eth1",
    router: "149.99.251.146",
    gateway: "149.99.251.145",
    link: "149.99.251.144/30",
    block: "123.234.1.0/24",
    transit: { isp: "100.64.1.1", internet: "100.64.1.2" },
  },
  isp2: {
    device: "eth2",
    router: "66.119.160.2",
    gateway: "66.119.160.1",
    link: "66.119.160.0/30",
    block: "216.111.1.0/24",
    transit: { isp: "100.64.2.1", internet: "100.64.2.2" },
  },
  // Only in a lab that asks for it.
  isp3: {
    device: "eth4",
    router: "192.0.2.254",
    gateway: "192.0.2.253",
    link: "192.0.2.252/30",
    block: "198.18.3.0/24",
    transit: { isp: "100.64.3.1", internet: "100.64.3.2" },
  },
};
/** Those of every lab, and those of a lab with a third link. */
export const TWO_ISPS = ["isp1", "isp2"] as const satisfies readonly Isp[];
export const THREE_ISPS = ["isp1", "isp2", "isp3"] as const satisfies readonly Isp[];

export const LAN = {
  router: "172.16.1.1",
  server1: "172.16.1.131",
  server2: "172.16.1.130",
  server3: "172.16.1.140",
  lanhost: "172.16.1.50",
} as const;

/** Two clients in different networks, and a web server that the LAN can visit. */
export const INTERNET = { client: "203.0.113.10", client2: "198.51.100.20", web: "203.0.113.80" } as const;

export const MANAGEMENT = { router: "192.168.99.1", operator: "192.168.99.2" } as const;

/** `mw<pid in base 36>-<n>`: the pid tells the sweeper whether the lab's owner still lives. */
export const labId = (pid: number, n: number): string => `mw${pid.toString(36)}-${n}`;

export const namespaceOf = (id: string, role: Role): string => `${id}-${role}`;

/** The owner's pid in a namespace or directory name of ours, or undefined for a name that is not ours. */
export const ownerOf = (name: string): number | undefined => {
  const match = /^mw([0-9a-z]+)-\d+-/.exec(name);
  return match ? Number.parseInt(match[1]!, 36) : undefined;
};
