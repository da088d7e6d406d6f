import { expect, test } from "@jest/globals";
import { parseFragment } from "../../provider/dialects/fragment.ts";
import { defaultRoute } from "../../provider/kinds/default-route.ts";
import type { Kind } from "../../provider/kinds/kind.ts";
import { routingTable } from "../../provider/kinds/routing-table.ts";
import { wanLink } from "../../provider/kinds/wan-link.ts";
import type { Fragment, RouteLine } from "../../provider/model/line.ts";
import type { Snapshot } from "../../provider/model/snapshot.ts";
import { judge } from "../../provider/plan/judge.ts";
import { liveOf } from "../../provider/plan/live.ts";
import { planOf, verify } from "../../provider/plan/plan.ts";
import { refusals, routerOf } from "../kinds/routers.ts";

const table = {
  table: 2,
  device: "eth2",
  gateway: "66.119.160.1",
  lan: [{ network: "172.16.1.0/24", device: "eth0" }],
};
const main = { device: "eth2", gateway: "66.119.160.1" };
const [other] = parseFragment("default via 149.99.251.145 dev eth1") as [RouteLine];
const owner = "p/s/RoutingTable/two";

/** As `ip link set eth2 down` leaves a router, or `ifdown`, which takes the addresses too. */
function down({ addresses = true, routes = [] }: { addresses?: boolean; routes?: RouteLine[] } = {}): Snapshot {
  const plain = routerOf();
  return {
    ...plain,
    routes,
    devices: plain.devices.map((d) => (d.name === "eth2" ? { ...d, up: false } : d)),
    addresses: plain.addresses.filter((a) => addresses || a.device !== "eth2"),
  };
}

const seen = (snapshot: Snapshot) => ({ snapshot, manifest: new Map() });
const judged = (kind: Kind, args: object, snapshot: Snapshot) =>
  judge(
    { kind, owner, args: kind.schema.parse(args), adopt: [], applied: false },
    seen(snapshot),
    liveOf(snapshot),
    new Map(),
  );

test("the routes by a device that is down wait for it, and everything else goes on", () => {
  const snapshot = down();
  const { desired } = judged(routingTable, table, snapshot);
  const plan = planOf(snapshot, new Map(), [{ owner, desired }], new Map([[owner, desired]]));
  expect(plan.steps.map(({ what }) => what)).toEqual([
    "ip route add unreachable default table 2 metric 65000",
    "ip route add 172.16.1.0/24 dev eth0 table 2 scope link",
  ]);
  // What waits is no fault, and is listed: a boot file brings it back with the device.
  const after = { ...snapshot, routes: desired.filter((line): line is RouteLine => line.kind === "route").slice(0, 2) };
  expect(verify(plan, after)).toEqual([]);
  expect(plan.manifest.get(owner)!.lines).toEqual(desired);
  // Nothing to do until the device is up, and then there is.
  const again = (on: Snapshot) => planOf(on, plan.manifest, [{ owner, desired }], new Map([[owner, desired]]));
  expect(again(after).empty).toBe(true);
  expect(again({ ...after, devices: routerOf().devices }).steps.map(({ what }) => what)).toEqual([
    "ip route add default via 66.119.160.1 dev eth2 table 2",
  ]);
});

test("a preview says what waits", () => {
  expect(judged(routingTable, table, down()).warnings).toEqual([
    'eth2 is down, and the kernel takes no route there: the next up once it is up puts "default via 66.119.160.1 dev eth2 table 2"',
  ]);
  expect(judged(routingTable, table, routerOf()).warnings).toEqual([]);
});

test("ifdown takes the addresses too: that is no wrong gateway", () => {
  expect(refusals(routingTable, table, down({ addresses: false }))).toEqual([]);
});

test("a default by a dead link does not take the place of one by a living link", () => {
  expect(refusals(defaultRoute, main, down({ routes: [other] }))).toEqual([
    'device: eth2 is down, and "default via 149.99.251.145 dev eth1" would make room for a route that the kernel does not take; bring it up first, or name another link as default',
  ]);
  expect(refusals(defaultRoute, main, down({ routes: [{ ...other, metric: 100 }] }))).toEqual([]);
});

test("a default that went with its device waits where its place is empty, and moves to a living link at once", () => {
  const snapshot = down();
  const lines = parseFragment("default via 66.119.160.1 dev eth2");
  const manifest = new Map([[owner, { lines, found: [] }]]);
  const plan = (desired: Fragment) => planOf(snapshot, manifest, [{ owner, desired }], new Map([[owner, desired]]));
  expect(plan(lines).empty).toBe(true);
  expect(plan([other]).steps.map(({ what }) => what)).toEqual(["ip route add default via 149.99.251.145 dev eth1"]);
  expect(judged(defaultRoute, main, snapshot).warnings.join()).toContain("name another link as default");
});

/** As a card that has died, or a modem that was pulled out, leaves a router: the kernel takes addresses, routes and settings along. */
function gone(): Snapshot {
  const plain = routerOf();
  return {
    ...plain,
    routes: plain.routes.filter(({ device }) => device !== "eth2"),
    devices: plain.devices.filter(({ name }) => name !== "eth2"),
    addresses: plain.addresses.filter(({ device }) => device !== "eth2"),
    sysctls: new Map([...plain.sysctls].filter(([key]) => !key.includes(".eth2."))),
  };
}

test("a device that has gone: what was applied on it waits, and what never was is refused", () => {
  const args = { link: "two", linkId: 2, device: "eth2", gateway: "66.119.160.1", addresses: ["216.111.1.11"] };
  const owner = "p/s/WanLink/two";
  const on = (lines: Fragment) =>
    judge(
      { kind: wanLink, owner, args: wanLink.schema.parse(args), adopt: [], applied: lines.length > 0 },
      { snapshot: gone(), manifest: new Map(lines.length > 0 ? [[owner, { lines, found: [] }]] : []) },
      liveOf(gone()),
      new Map(),
    );
  expect(
    on([])
      .issues.map(({ message }) => message)
      .join(),
  ).toMatch(/^the router has no device eth2; it has eth0/);
  const lines = parseFragment("216.111.1.11/32 dev eth2\nnet.ipv4.conf.eth2.rp_filter = 2");
  const { issues, warnings, desired } = on(lines);
  expect(issues).toEqual([]);
  expect(warnings.join()).toMatch(
    /^eth2 is not there: the next up once it is puts .*216\.111\.1\.11\/32 scope global eth2/,
  );
  const plan = planOf(
    gone(),
    new Map([[owner, { lines, found: [] }]]),
    [{ owner, desired }],
    new Map([[owner, desired]]),
  );
  expect(plan.steps.filter(({ what }) => what.includes("eth2"))).toEqual([]);
});
