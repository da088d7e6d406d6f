import { describe, expect, test } from "@jest/globals";
import { parseTableNames } from "../../provider/dialects/iproute2/table-name.ts";
import type { Fragment, IptablesTable, RouteLine } from "../../provider/model/line.ts";
import type { ChainRules, Snapshot } from "../../provider/model/snapshot.ts";
import { isOfOurName } from "../../provider/plan/hooks.ts";
import type { Manifest } from "../../provider/plan/manifest.ts";
import { type Plan, planOf, verify } from "../../provider/plan/plan.ts";
import type { Request } from "../../provider/plan/settlement.ts";
import { routerOf } from "../kinds/routers.ts";
import { keysOf } from "./model.ts";
import { seedSite } from "./seed-site.ts";

const all = (site: ReadonlyMap<string, Fragment>): Request[] =>
  [...site].map(([owner, desired]) => ({ owner, desired }));
const none = (site: ReadonlyMap<string, Fragment>): Request[] =>
  [...site.keys()].map((owner) => ({ owner, desired: undefined }));
const old: RouteLine = {
  ...{ kind: "route", type: "unicast", destination: "default", gateway: "149.99.251.145", device: "eth1" },
  ...{ table: 254, metric: 0, onlink: false, protocol: "static" },
};

/** A router that holds exactly these lines of ours beside its own. */
function holding(site: ReadonlyMap<string, Fragment>): Snapshot {
  const lines = [...site.values()].flat();
  const plain = routerOf();
  const iptables: Partial<Record<IptablesTable, { chains: Map<string, ChainRules> }>> = {};
  const chainsOf = (table: IptablesTable) => {
    iptables[table] ??= { chains: new Map() };
    return iptables[table].chains;
  };
  for (const line of lines) {
    if (line.kind === "chain") chainsOf(line.table).set(line.chain, { policy: "-", rules: [...line.rules] });
    if (line.kind === "hook") {
      const { rules } = chainsOf(line.table).get(line.chain) ?? { rules: [] };
      chainsOf(line.table).set(line.chain, { policy: "ACCEPT", rules: [...rules, line.rule] });
    }
  }
  const names = lines.flatMap((line) => (line.kind === "table-name" ? [`${line.id} ${line.name}\n`] : []));
  const text = `${plain.tableNames.text}${names.join("")}`;
  return {
    ...plain,
    ...{ iptables, tableNames: { ...plain.tableNames, text, names: parseTableNames(text) } },
    routes: lines.filter((line) => line.kind === "route"),
    rules: lines.filter((line) => line.kind === "rule"),
    addresses: [
      ...plain.addresses,
      ...lines.flatMap((l) => (l.kind === "address" ? [{ ...l, dynamic: false, scope: "global" }] : [])),
    ],
    sysctls: new Map([
      ...plain.sysctls,
      ...lines.flatMap((l) => (l.kind === "sysctl" ? [[l.key, l.value] as const] : [])),
    ]),
  };
}

const site = seedSite();
const create = planOf(routerOf({ routes: [old] }), new Map(), all(site), site);
const up = holding(site);
const destroy = planOf(up, create.manifest, none(site), new Map());
const commands = (plan: Plan) => plan.steps.map((step) => step.what);

/** Every step that matches the first comes before every step that matches the second. */
function precedes(plan: Plan, first: RegExp, second: RegExp): void {
  const places = (what: RegExp) => commands(plan).flatMap((text, i) => (what.test(text) ? [i] : []));
  const [a, b] = [places(first), places(second)];
  expect([a.length, b.length]).not.toContain(0);
  expect(`${first} ${Math.max(...a) < Math.min(...b)} ${second}`).toBe(`${first} true ${second}`);
}

test("creating the seed's site, in order", () => {
  expect(commands(create)).toEqual([
    "write /etc/iproute2/rt_tables",
    "echo 1 >/proc/sys/net/ipv4/conf/eth1/src_valid_mark",
    "echo 2 >/proc/sys/net/ipv4/conf/eth1/rp_filter",
    "echo 1 >/proc/sys/net/ipv4/conf/eth2/src_valid_mark",
    "echo 2 >/proc/sys/net/ipv4/conf/eth2/rp_filter",
    "ip addr add 123.234.1.10/32 dev eth1",
    "ip addr add 123.234.1.11/32 dev eth1",
    "ip addr add 216.111.1.10/32 dev eth2",
    "ip addr add 216.111.1.11/32 dev eth2",
    "ip route add unreachable default table 1 metric 65000",
    "ip route add 172.16.1.0/24 dev eth0 table 1 scope link",
    "ip route add unreachable default table 2 metric 65000",
    "ip route add 172.16.1.0/24 dev eth0 table 2 scope link",
    "ip route add default via 149.99.251.145 dev eth1 table 1",
    "ip route add default via 66.119.160.1 dev eth2 table 2",
    "ip rule add from 123.234.1.10 table 1 pref 1124",
    "ip rule add from 123.234.1.11 table 1 pref 1124",
    "ip rule add from 216.111.1.10 table 2 pref 1125",
    "ip rule add from 216.111.1.11 table 2 pref 1125",
    "ip rule add from all fwmark 0x1 table 1 pref 1024",
    "ip rule add from all fwmark 0x2 table 2 pref 1025",
    "iptables-legacy-restore --noflush (mangle)",
    "iptables-legacy-restore --noflush (nat)",
    "iptables-legacy-restore --noflush (filter)",
    "ip rule add from 172.16.1.131 table 1 pref 1223",
    "ip route replace default via 149.99.251.145 dev eth1",
  ]);
});

describe("any prefix of the plan leaves a router that works", () => {
  test("a table is whole before any rule leads to it, an address is there before its rule", () => {
    precedes(create, /route add .*table/, /ip rule add/);
    precedes(create, /ip addr add/, /ip rule add from \d/);
  });

  test("rules are there before the marks that they act on, and those before doors and the default", () => {
    precedes(create, /fwmark/, /\(mangle\)/);
    precedes(create, /\(mangle\)/, /\(nat\)|\(filter\)|from 172/);
    precedes(create, /\(nat\)/, /route replace default via \S+ dev \S+$/);
  });

  test("removal runs the other way round, and what was there before us comes back with it", () => {
    precedes(destroy, /route replace default .* proto static$/, /\(mangle\)/);
    precedes(destroy, /from 172/, /\(nat\)|\(filter\)/);
    precedes(destroy, /\(nat\)/, /\(mangle\)/);
    precedes(destroy, /\(mangle\)/, /rule del .*fwmark/);
    precedes(destroy, /rule del .*fwmark/, /route del .*table/);
    precedes(destroy, /rule del/, /route del/);
    precedes(destroy, /route del/, /addr del/);
    precedes(destroy, /addr del/, /echo 1 >/);
    expect(commands(destroy).at(-1)).toBe("write /etc/iproute2/rt_tables");
  });

  test("what is added comes before what goes", () => {
    const [link, ...rest] = [...site].filter(([owner]) => owner.includes("/WanLink/"));
    const fewer: Fragment = link![1].filter((line) => line.kind === "sysctl");
    const moved = planOf(up, create.manifest, [{ owner: link![0], desired: fewer }, ...none(new Map(rest))], new Map());
    const added = planOf(holding(new Map()), new Map(), all(new Map(rest)), new Map());
    expect(Math.max(...added.steps.map((s) => s.phase))).toBeLessThan(Math.min(...moved.steps.map((s) => s.phase)));
  });
});

test("afterwards nothing is missing and a second run plans nothing; after a destroy nothing is left", () => {
  expect(verify(create, up)).toEqual([]);
  expect(planOf(up, create.manifest, all(site), site).empty).toBe(true);
  expect(verify(destroy, holding(new Map()))).toEqual([
    { fault: "missing", givenBack: true, line: old, owner: "site/prod/DefaultRoute/main" },
  ]);
  expect(verify(destroy, { ...holding(new Map()), routes: [old] })).toEqual([]);
  expect(destroy.manifest.size).toBe(0);
  expect(verify(destroy, up).length).toBeGreaterThan(20);
});

test("the active link moves by one word, with one command that is undone by one", () => {
  const other = seedSite(1);
  const [owner, desired] = [...other].find(([name]) => name.includes("DefaultRoute"))!;
  const { steps } = planOf(up, create.manifest, [{ owner, desired }], other);
  expect(steps.map(({ run, undo }) => [run, undo])).toEqual([
    [
      "ip route replace default via 66.119.160.1 dev eth2",
      "swap_route 254 default '- 66.119.160.1 eth2 - - - -' ip route replace default via 149.99.251.145 dev eth1",
    ],
  ]);
});

test("what stood in the place of ours is remembered, and lines equal to ours are adopted and stay", () => {
  const name = "site/prod/DefaultRoute/main";
  expect(create.manifest.get(name)!.found).toEqual([old]);
  const adopted: Manifest = planOf(up, new Map(), all(site), site).manifest;
  const gone = planOf(up, adopted, none(site), new Map());
  // All but what carries our name: such a chain is nobody else's.
  const [named, others] = [true, false].map((own) =>
    [...site.values()].flat().filter((line) => isOfOurName(line) === own),
  );
  expect(keysOf([...adopted.values()].flatMap((e) => e.found))).toEqual(keysOf(others!));
  expect(keysOf(gone.steps.flatMap(({ touches = [] }) => touches))).toEqual(keysOf(named!));
});

test("a router without the lines and without a manifest, as after a boot: what the state recorded comes back whole", () => {
  const requests = all(site).map((r) => ({ ...r, recorded: create.manifest.get(r.owner)! }));
  const again = planOf(routerOf({ routes: [old] }), new Map(), requests, site);
  expect(commands(again)).toEqual(commands(create));
  expect(again.manifest).toEqual(create.manifest);
});
