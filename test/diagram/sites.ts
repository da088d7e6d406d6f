/** Sites to draw: the one of the write-up, and any others of a size. */
import fc from "fast-check";
import { type Site, siteSchema } from "../../provider/site/schema.ts";
import { seed } from "../site/seed.ts";

export const prod: Site = siteSchema.parse(seed);

export interface Size {
  readonly links: number;
  readonly servers: number;
  readonly doors: number;
  readonly lans?: number;
}

/** `pick` says which server a door leads to, and what it is like. */
export function siteOf({ links, servers, doors, lans = 1 }: Size, pick: (i: number) => number = (i) => i * 7): Site {
  const numbers = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
  const ports = [25, 80, { port: 8080, to: 80 }, "5000-5010", 443, 993];
  return siteSchema.parse({
    default: pick(0) % 3 === 0 ? undefined : "isp_1",
    masquerade: pick(1) % 4 !== 0,
    lan: numbers(lans).map((i) => ({
      device: `eth${i + 20}.10`,
      networks: [`172.16.${i}.0/24`, ...(i === 2 ? ["192.168.0.0/16", "10.128.0.0/9"] : [])],
      ...(i === 1 && { address: "172.16.1.1" }),
    })),
    links: Object.fromEntries(
      numbers(links).map((i) => [
        i === 2 ? "a_very_long_name_of_an_isp_xxxx" : `isp_${i}`,
        { id: i, device: `eth${i}`, gateway: `10.${i}.0.1`, ...(i % 2 === 1 && { address: `10.${i}.0.10` }) },
      ]),
    ),
    servers: Object.fromEntries(
      numbers(servers).map((i) => [
        i === 3 ? "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW" : `server${i}`,
        { address: `172.16.${1 + (i % lans)}.${i + 10}`, ...(i % 5 === 2 && { via: "isp_1" }) },
      ]),
    ),
    publish:
      servers === 0
        ? []
        : numbers(doors).map((i) => {
            const [link, server] = [1 + (pick(i) % links), 1 + (pick(i + 100) % servers)];
            return {
              link: link === 2 ? "a_very_long_name_of_an_isp_xxxx" : `isp_${link}`,
              address: `10.${link}.1.${i}`,
              server: server === 3 ? "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW" : `server${server}`,
              tcp: ports.slice(0, 1 + (pick(i + 200) % ports.length)),
              udp: i % 3 === 0 ? [53] : [],
            };
          }),
  });
}

/** Any site of up to eight links and forty doors. */
export const anySite: fc.Arbitrary<Site> = fc
  .record({
    links: fc.integer({ min: 1, max: 8 }),
    servers: fc.integer({ min: 0, max: 12 }),
    doors: fc.integer({ min: 0, max: 40 }),
    lans: fc.integer({ min: 1, max: 3 }),
    salt: fc.integer({ min: 1, max: 1000 }),
  })
  .map(({ salt, ...size }) => siteOf(size, (i) => (i * 7919 + salt * 104729) % 1009));
