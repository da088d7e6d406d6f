/** F11: wrong intentions. */
import { type Finding, judge } from "../judge.ts";
import type { Resource } from "../site.ts";
import { type Case, make, told } from "./case.ts";

const extra = (kind: string, args: object): Resource => ({ kind, name: `wrong-${kind}`, args, dependsOn: [] });
const door = (entry: object) => extra("ServerMap", { map: "wrong", entries: [entry] });
const PORT_22 = { protocol: "tcp", port: 22, server: "172.16.1.131" };
const MARKED = { chain: "wrong", mask: 0xf0000000, marking: "every-packet" };
export const INTENTIONS: Readonly<Record<string, (site: readonly Resource[]) => readonly Resource[]>> = {
  "a door that captures the port of the operator's connection": (site) => [
    ...site,
    door({ ...PORT_22, address: "192.168.99.1" }),
  ],
  "a range of doors around that port": (site) => [
    ...site,
    door({ ...PORT_22, port: "1-65535", address: "192.168.99.1" }),
  ],
  "the router's replies to the operator by a link": (site) => [
    ...site,
    extra("SourceRule", { source: "192.168.99.1", table: 1 }),
  ],
  "the management network by a link": (site) => [...site, extra("SourceRule", { source: "192.168.99.0/24", table: 2 })],
  "the management device as a link": (site) => [
    ...site,
    extra("WanLink", { linkId: 3, link: "wrong", device: "eth3", gateway: "192.168.99.2", addresses: [], table: 1 }),
  ],
  "the operator's packets marked for a link": (site) => [
    ...site,
    extra("ConnmarkChain", { ...MARKED, links: [{ link: "wrong", device: "eth3", mark: 0x10000000 }] }),
    extra("FwmarkRule", { mark: 0x10000000, mask: 0xf0000000, table: 1, priority: 1030 }),
  ],
  "the management address on a link": (site) => [
    ...site,
    extra("WanLink", {
      ...{ linkId: 3, link: "wrong", device: "eth1", gateway: "149.99.251.145", table: 1 },
      addresses: ["192.168.99.1"],
    }),
  ],
  "the operator's address on a link": (site) => [
    ...site,
    extra("WanLink", {
      ...{ linkId: 3, link: "wrong", device: "eth1", gateway: "149.99.251.145", table: 1 },
      addresses: ["192.168.99.2"],
    }),
  ],
  "a gateway that is nowhere": (site) =>
    site.map((r) => (r.kind === "DefaultRoute" ? { ...r, args: { ...r.args, gateway: "10.9.9.9" } } : r)),
  "a device that does not exist": (site) =>
    site.map((r) => (r.kind === "DefaultRoute" ? { ...r, args: { ...r.args, device: "eth9" } } : r)),
  "routes in the table of the kernel's own": (site) => [
    ...site,
    extra("RoutingTable", { table: 255, name: "wrong", device: "eth1", gateway: "149.99.251.145" }),
  ],
  "a rule before all others": (site) => [...site, extra("FwmarkRule", { mark: 0, mask: 1, table: 1, priority: 1 })],
  "a foreign table": (site) => [
    ...site,
    extra("RoutingTable", { table: 77, name: "wrong", device: "eth1", gateway: "149.99.251.145" }),
  ],
  "everybody's replies by a link": (site) => [...site, extra("SourceRule", { source: "0.0.0.0/0", table: 1 })],
  "the network of the operator and all its neighbours by a link": (site) => [
    ...site,
    extra("SourceRule", { source: "192.168.0.0/16", table: 2 }),
  ],
  "a door on the LAN's address of the router": (site) => [...site, door({ ...PORT_22, address: "172.16.1.1" })],
  "a door on the operator's own address": (site) => [...site, door({ ...PORT_22, address: "192.168.99.2" })],
  "a door to the operator": (site) => [...site, door({ ...PORT_22, address: "123.234.1.11", server: "192.168.99.2" })],
  "a door to the router itself": (site) => [
    ...site,
    door({ ...PORT_22, address: "123.234.1.11", server: "192.168.99.1" }),
  ],
  "a door that is there already": (site) => [
    ...site,
    door({ protocol: "tcp", port: 1494, address: "123.234.1.11", server: "172.16.1.130" }),
  ],
  "a default by the operator's host": (site) =>
    site.map((r) =>
      r.kind === "DefaultRoute" ? { ...r, args: { ...r.args, device: "eth3", gateway: "192.168.99.2" } } : r,
    ),
  "a default by a server": (site) =>
    site.map((r) =>
      r.kind === "DefaultRoute" ? { ...r, args: { ...r.args, device: "eth0", gateway: "172.16.1.131" } } : r,
    ),
  "a link's table that leads to the other link": (site) => [
    ...site,
    extra("RoutingTable", { table: 2, name: "wrong", device: "eth1", gateway: "149.99.251.145" }),
  ],
  "the kernel's main table": (site) => [
    ...site,
    extra("RoutingTable", { table: 254, name: "wrong", device: "eth1", gateway: "149.99.251.145" }),
  ],
  "a rule for every packet": (site) => [
    ...site,
    extra("FwmarkRule", { mark: 0, mask: 0xffffffff, table: 1, priority: 100 }),
  ],
  "marks that overlap those of the site": (site) => [
    ...site,
    extra("ConnmarkChain", { ...MARKED, mask: 0xff, links: [{ link: "wrong", device: "eth2", mark: 0x3 }] }),
  ],
  "somebody else's chain": (site) => [
    ...site,
    extra("ConnmarkChain", {
      ...MARKED,
      chain: "FOREIGN_TOS",
      links: [{ link: "wrong", device: "eth2", mark: 0x10000000 }],
    }),
  ],
  "a link whose gateway is in another network": (site) => [
    ...site,
    extra("WanLink", { linkId: 3, link: "wrong", device: "eth1", gateway: "66.119.160.1", addresses: [], table: 3 }),
  ],
  "the LAN as a link": (site) => [
    ...site,
    extra("WanLink", { linkId: 3, link: "wrong", device: "eth0", gateway: "172.16.1.50", addresses: [], table: 3 }),
  ],
  "a foreign priority": (site) => [...site, extra("SourceRule", { source: "172.16.1.131", table: 1, priority: 500 })],
};

/** What the preview itself has to refuse: nothing is tried that shuts the way in. */
const REFUSED = ["a door that captures the port of the operator's connection", "a range of doors around that port"];

/** Refused, or taken back: in force only if everybody still gets in. */
export const f11 = (name: string): Case =>
  make("F11", name, ["site", "site"], async (bench) => {
    const resources = INTENTIONS[name]!(bench.resources("site"));
    const answer = await bench.try("site", { resources });
    const said = Object.values(answer.failures);
    const left = await bench.settled();
    const odd: Finding[] =
      REFUSED.includes(name) && !answer.refused
        ? [{ verdict: "unexplained", text: `not refused in the preview: ${said[0]?.slice(0, 600)}` }]
        : [];
    if (said.length > 0) {
      const returned = told(answer) === false ? false : undefined;
      return [...odd, ...(await judge(bench, ["site"], "site", { left, returned }))];
    }
    return [...odd, ...(await judge(bench, ["site"], "site", { left, judged: false }))];
  });
