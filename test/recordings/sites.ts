/** Sites with more keys of their own than those of the lives have: numbers, many services, management, several networks. */
import { checkSite } from "../../provider/site/check.ts";
import { changeSite, drawSite, type RandomSite, written } from "../campaigns/routers/site.ts";
import type { RandomRouter } from "../campaigns/routers/value.ts";

type Draft = Record<string, unknown>;
type Change = (site: Draft, n: number) => Draft;

const linksOf = (site: Draft) => site.links as Record<string, Draft>;
const withLink = (site: Draft, name: string, more: Draft): Draft => ({
  ...site,
  links: { ...linksOf(site), [name]: { ...linksOf(site)[name], ...more } },
});

/** Each is one decision more; a site has some of them. */
const MORE: readonly Change[] = [
  (site) => ({ ...site, management: [] }),
  (site) => ({ ...site, management: ["172.16.1.0/24", "192.168.99.0/24"] }),
  (site) => ({ ...site, management: ["198.51.100.0/24"] }),
  (site) => ({ ...site, lan: { ...(site.lan as object), networks: ["172.16.1.0/24", "172.16.2.0/23"] } }),
  (site) => ({ ...site, lan: [site.lan, { device: "eth3", networks: ["192.168.99.0/24"], masquerade: false }] }),
  (site) => withLink(site, "wan_two", { table: 77, priority: 900, fromPriority: 1900 }),
  (site) => withLink(site, "wan_one", { mark: site.mask === undefined ? 0x05000000 : 5 }),
  (site) => withLink(site, "wan_two", { reversePath: "strict" }),
  (site) => withLink(site, "wan_two", { existing: ["66.119.160.2"] }),
  (site) => withLink(site, "wan_one", { id: 12 }),
  (site) => withLink(site, "wan_one", { aliases: ["123.234.1.21", "123.234.1.22"] }),
  (site) => ({ ...site, networkd: site.persist === false ? "leave" : "keep-foreign" }),
  (site) => ({ ...site, sourcePriority: 1500, inboundPriority: 300, insidePriority: 5100 }),
  (site) => ({
    ...site,
    servers: { ...(site.servers as object), server1: { address: "172.16.1.131", via: "wan_one" } },
  }),
  (site, n) => ({ ...site, publish: [...(site.publish as object[]), ...many(n % 3 === 0 ? 48 : 12)] }),
  (site, n) => ({ ...site, publish: [...(site.publish as object[]), ...many(20 + (n % 9))] }),
  (site) => ({
    ...site,
    publish: [
      ...(site.publish as object[]),
      { link: "wan_two", address: "216.111.1.30", server: "server2", tcp: ["6000-6100", 22], udp: ["7000-7001", 53] },
      { link: "wan_two", address: "216.111.1.31", server: "server2", tcp: [{ port: 2222, to: 22 }] },
    ],
  }),
];

/** Services enough for the dispatch of a large map. */
const many = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    link: i % 2 === 0 ? "wan_one" : "wan_two",
    address: i % 2 === 0 ? `123.234.1.${40 + (i >> 1)}` : `216.111.1.${40 + (i >> 1)}`,
    server: `server${1 + (i % 3)}`,
    tcp: i % 5 === 0 ? [80, 443, { port: 8000 + i, to: 8080 }] : [1000 + i],
    ...(i % 4 === 0 && { udp: [5000 + i] }),
  }));

/** Two decisions may not go together. */
const valid = (site: Draft): Draft | undefined => ("site" in checkSite(site) ? site : undefined);

/** What a tape is about: the site that comes, and what it becomes. */
export function drawSites(router: RandomRouter, random: () => number, n: number): readonly [Draft, Draft] {
  const site = drawSite(random);
  const more = Array.from({ length: n % 4 }, () => MORE[Math.floor(random() * MORE.length)]!);
  const last = MORE[Math.floor(random() * MORE.length)]!;
  const made = (one: RandomSite, changes: readonly Change[]) =>
    changes.reduce((draft, change) => valid(change(draft, n)) ?? draft, written(one, router));
  return [made(site, more), made(changeSite(site, random), random() < 0.5 ? [...more, last] : more)];
}
