/** The seed's site as requests: every resource with its lines. */

import { connmarkChain } from "../../provider/kinds/connmark-chain.ts";
import { defaultRoute } from "../../provider/kinds/default-route.ts";
import { fwmarkRule } from "../../provider/kinds/fwmark-rule.ts";
import type { Kind } from "../../provider/kinds/kind.ts";
import { routingTable } from "../../provider/kinds/routing-table.ts";
import { serverMap } from "../../provider/kinds/server-map.ts";
import { sourceRule } from "../../provider/kinds/source-rule.ts";
import { wanLink } from "../../provider/kinds/wan-link.ts";
import type { Fragment } from "../../provider/model/line.ts";
import { desiredOf } from "../kinds/routers.ts";

const LINKS = [
  { id: 1, link: "wan_one", device: "eth1", gateway: "149.99.251.145", addresses: ["123.234.1.10", "123.234.1.11"] },
  { id: 2, link: "wan_two", device: "eth2", gateway: "66.119.160.1", addresses: ["216.111.1.10", "216.111.1.11"] },
];
const mask = 0xffffffff;

export function seedSite(active = 0): ReadonlyMap<string, Fragment> {
  const site = new Map<string, Fragment>();
  const add = (kind: Kind, name: string, args: object) =>
    site.set(`site/prod/${kind.type}/${name}`, desiredOf(kind, { ...args }));
  for (const { id, link, device, gateway, addresses } of LINKS) {
    add(wanLink, link, { linkId: id, link, device, gateway, addresses, table: id, fromPriority: 1123 + id });
    const lan = [{ network: "172.16.1.0/24", device: "eth0" }];
    add(routingTable, link, { table: id, name: link, device, gateway, lan });
    add(fwmarkRule, link, { mark: id, mask, table: id, priority: 1023 + id });
  }
  add(connmarkChain, "wan", { chain: "wan", mask, links: LINKS.map(({ device, id }) => ({ device, mark: id })) });
  add(sourceRule, "server1", { source: "172.16.1.131", table: 1, priority: 1223 });
  add(defaultRoute, "main", { device: LINKS[active]!.device, gateway: LINKS[active]!.gateway });
  const doors = LINKS.map(({ addresses }) => ({ address: addresses[1], port: 1494, server: "172.16.1.131" }));
  add(serverMap, "site", { map: "site", entries: doors, forward: true });
  return site;
}
