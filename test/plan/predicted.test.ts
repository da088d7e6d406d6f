/** The router as a change will leave it: what is wanted is there, what goes is gone, and what others have is where it was. */

import { describe, expect, test } from "@jest/globals";
import { parseFragment } from "../../provider/dialects/fragment.ts";
import { parseIptablesSave } from "../../provider/dialects/iptables/iptables-save.ts";
import { jumpTo } from "../../provider/model/rule-parts.ts";
import type { Snapshot } from "../../provider/model/snapshot.ts";
import { liveOf } from "../../provider/plan/live.ts";
import { changeOf, planOf, verify } from "../../provider/plan/plan.ts";
import { predicted } from "../../provider/plan/predicted.ts";
import { routerOf } from "../kinds/routers.ts";
import { keysOf } from "./model.ts";
import { seedSite } from "./seed-site.ts";

const site = seedSite();
const claims = new Map(site);
const asked = [...site].map(([owner, desired]) => ({ owner, desired }));

const SAVE = `*mangle
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -i docker0 -j ACCEPT
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A DOCKER -i docker0 -j RETURN
COMMIT
*filter
:FORWARD DROP [0:0]
COMMIT
`;

const routers: [string, Snapshot][] = [
  ["empty", routerOf()],
  ["full", { ...routerOf(), iptables: parseIptablesSave(SAVE) }],
];

describe.each(routers)("%s tables", (_, before) => {
  const change = changeOf(before, new Map(), asked, claims);
  const after = predicted(before, change);

  test("everything that the plan wants is there, and nothing that it does not", () => {
    expect(verify(planOf(before, new Map(), asked, claims), after)).toEqual([]);
  });

  test("an address is the router's own, as the kernel makes it", () => {
    const local = after.routes.filter(
      ({ type, destination }) => type === "local" && destination.startsWith("216.111.1.11"),
    );
    expect(local).toEqual([expect.objectContaining({ device: "eth2", table: 255 })]);
  });

  test("a managed jump comes first, and a policy stays", () => {
    expect(after.iptables.mangle?.chains.get("PREROUTING")?.rules[0]).toEqual(jumpTo("mw-wan-mark"));
    expect(after.iptables.filter?.chains.get("FORWARD")?.policy).toBe(
      before.iptables.filter?.chains.get("FORWARD")?.policy ?? "ACCEPT",
    );
  });

  test("taken away again it is the router of before, but for settings, which keep their value", () => {
    const gone = [...site.keys()].map((owner) => ({ owner, desired: undefined }));
    const back = predicted(after, changeOf(after, change.next, gone, new Map()));
    const keys = (one: Snapshot) => keysOf(liveOf(one).lines.filter(({ kind }) => kind !== "sysctl")).toSorted();
    expect(keys(back)).toEqual(keys(before));
  });
});

test("a route takes the place of the one that stands there", () => {
  const before = {
    ...routerOf(),
    routes: parseFragment("default via 149.99.251.1 dev eth1\n10.0.0.0/8 via 172.16.1.9 dev eth0"),
  } as Snapshot;
  const { routes } = predicted(before, changeOf(before, new Map(), asked, claims));
  expect(routes.filter(({ table, destination }) => table === 254 && destination === "default")).toEqual([
    expect.objectContaining({ gateway: "149.99.251.145" }),
  ]);
  expect(routes).toContainEqual(expect.objectContaining({ destination: "10.0.0.0/8" }));
});
