/**
 * What every way of the bench has to put on the router: the site of Pulumi.lab.yaml, as the things that an administrator
 * counts. pulumi-multiwan makes them from its declaration, the others from this list.
 */
import { type Link, siteSchema } from "../../../provider/site/schema.ts";
import { labSite, type Site } from "../../drive/index.ts";

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

/** The one that `publish` adds. */
export const EXTRA = { link: "wan_two", address: "216.111.1.13", server: "server3", tcp: [80] };
/** The rule that somebody deletes by hand before `repair`, as `ip rule del` takes it. */
export const LOST = "fwmark 1 table wan_one prio 1024";

/** The site that a job wants, as in a stack file. */
export function siteOf(job: Job): Site {
  const { wanted } = JOBS[job];
  const site = labSite();
  const published = site.publish as readonly unknown[];
  return { ...site, default: wanted.default, publish: wanted.extraDoor ? [...published, EXTRA] : published };
}

export function things(job: Job): Thing[] {
  const { links, servers, publish, default: main } = siteSchema.parse(siteOf(job));
  const all = Object.entries(links).map(([name, link]) => ({ name, ...link }));
  const loose = all.map(({ device }): Thing => {
    const path = `/proc/sys/net/ipv4/conf/${device}/rp_filter`;
    return { kind: "sysctl", path, value: "2", before: "1" };
  });
  const perLink = all.flatMap(({ id, name, device, gateway, address }): Thing[] => [
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
  const marks = ["-j CONNMARK --restore-mark", ...all.flatMap(marksOf), "-j CONNMARK --save-mark"];
  const nat = publish.flatMap(({ link, address, server, tcp }): Thing[] => {
    const { device } = links[link]!;
    const inside = servers[server]!.address;
    return [
      { kind: "address", address: `${address}/32`, device },
      ...tcp.map((port): Thing => ({ kind: "door", to: address, port: Number(port), server: inside })),
      { kind: "source", device, server: inside, as: address },
    ];
  });
  const { gateway, device } = links[main!]!;
  return [
    ...loose,
    ...perLink,
    ...marks.map((words): Thing => ({ kind: "mark", words })),
    ...nat,
    { kind: "route", words: `default via ${gateway} dev ${device}` },
  ];
}

const marksOf = ({ id, device }: Pick<Link, "id" | "device">) => [
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
