/**
 * What every way of the bench has to put on the router: the site of Pulumi.lab.yaml, as the things that an administrator
 * counts. pulumi-multiwan makes them from its declaration, the others from this list.
 */
export type Thing =
  | { readonly kind: "sysctl"; readonly path: string; readonly value: string; readonly before: string }
  | { readonly kind: "name"; readonly id: number; readonly name: string }
  | { readonly kind: "address"; readonly address: string; readonly device: string }
  /** `table` undefined is the main one. */
  | { readonly kind: "route"; readonly words: string; readonly table?: string }
  | { readonly kind: "rule"; readonly priority: number; readonly words: string; readonly printed: string }
  | { readonly kind: "mark"; readonly words: string }
  | { readonly kind: "door"; readonly to: string; readonly port: number; readonly server: string }
  | { readonly kind: "source"; readonly device: string; readonly server: string; readonly as: string };

export type Job = "first" | "again" | "switch" | "publish" | "repair" | "away";

/** What a job asks for. */
export interface Wanted {
  readonly default: "wan_one" | "wan_two";
  readonly extraDoor: boolean;
}

const LINKS = [
  { id: 1, name: "wan_one", device: "eth1", gateway: "149.99.251.145", address: "123.234.1.10" },
  { id: 2, name: "wan_two", device: "eth2", gateway: "66.119.160.1", address: "216.111.1.10" },
] as const;
const SERVERS = ["172.16.1.131", "172.16.1.130", "172.16.1.140"] as const;
/** Alias, device, server, ports. */
const DOORS = [
  ["123.234.1.11", "eth1", SERVERS[0], [1494]],
  ["123.234.1.12", "eth1", SERVERS[1], [25, 80]],
  ["123.234.1.13", "eth1", SERVERS[2], [80]],
  ["216.111.1.11", "eth2", SERVERS[0], [1494]],
  ["216.111.1.12", "eth2", SERVERS[1], [25]],
] as const;
/** The one that `publish` adds, as it stands in a stack file and as a door. */
export const EXTRA = { link: "wan_two", address: "216.111.1.13", server: "server3", tcp: [80] };
const EXTRA_DOOR = [EXTRA.address, "eth2", SERVERS[2], EXTRA.tcp] as const;
/** The rule that somebody deletes by hand before `repair`, as `ip rule del` takes it. */
export const LOST = "fwmark 1 table wan_one prio 1024";

export function things({ default: main, extraDoor }: Wanted): Thing[] {
  const doors = extraDoor ? [...DOORS, EXTRA_DOOR] : DOORS;
  const loose = LINKS.map(({ device }): Thing => {
    const path = `/proc/sys/net/ipv4/conf/${device}/rp_filter`;
    return { kind: "sysctl", path, value: "2", before: "1" };
  });
  const perLink = LINKS.flatMap(({ id, name, device, gateway, address }): Thing[] => [
    { kind: "name", id, name },
    { kind: "address", address: `${address}/32`, device },
    { kind: "route", words: "172.16.1.0/24 dev eth0 scope link", table: name },
    { kind: "route", words: `default via ${gateway} dev ${device}`, table: name },
    {
      kind: "rule",
      priority: 1023 + id,
      words: `fwmark ${id} table ${name} prio ${1023 + id}`,
      printed: `from all fwmark 0x${id} lookup ${name}`,
    },
  ]);
  const marks = ["-j CONNMARK --restore-mark", ...LINKS.flatMap(marksOf), "-j CONNMARK --save-mark"];
  const nat = doors.flatMap(([to, device, server, ports]): Thing[] => [
    { kind: "address", address: `${to}/32`, device },
    ...ports.map((port): Thing => ({ kind: "door", to, port, server })),
    { kind: "source", device, server, as: to },
  ]);
  const { gateway, device } = LINKS.find(({ name }) => name === main)!;
  return [
    ...loose,
    ...perLink,
    ...marks.map((words): Thing => ({ kind: "mark", words })),
    ...nat,
    { kind: "route", words: `default via ${gateway} dev ${device}` },
  ];
}

const marksOf = ({ id, device }: (typeof LINKS)[number]) => [
  `-m mark --mark ${id} -j ACCEPT`,
  `-i ${device} -j MARK --set-mark ${id}`,
];

/** What a job starts from, and where it has to get. The jobs of a round come in this order. */
export const JOBS: Readonly<Record<Job, { readonly wanted: Wanted; readonly what: string }>> = {
  first: { wanted: { default: "wan_one", extraDoor: false }, what: "the whole site onto an empty router" },
  again: { wanted: { default: "wan_one", extraDoor: false }, what: "run again, nothing to do" },
  switch: { wanted: { default: "wan_two", extraDoor: false }, what: "the default moved to the other ISP" },
  publish: { wanted: { default: "wan_two", extraDoor: true }, what: "one server published on one more address" },
  repair: { wanted: { default: "wan_two", extraDoor: true }, what: "an `ip rule` deleted by hand, run again" },
  away: { wanted: { default: "wan_two", extraDoor: true }, what: "everything taken away" },
};
