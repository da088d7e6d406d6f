import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import { lineKey, lineSlot } from "../../provider/dialects/line-key.ts";
import type { Fragment, Line, RouteLine } from "../../provider/model/line.ts";
import { isOfOurName } from "../../provider/plan/hooks.ts";
import type { Manifest } from "../../provider/plan/manifest.ts";
import { settle } from "../../provider/plan/settle.ts";
import type { Request } from "../../provider/plan/settlement.ts";
import { testingAll } from "../variants.ts";
import { applied, keysOf, liveFrom } from "./model.ts";

const sysctl = (value: string, device = "eth1"): Line => ({
  ...{ kind: "sysctl", key: `net.ipv4.conf.${device}.rp_filter`, value },
});
const via = (gateway: string, table = 254): RouteLine => ({
  ...{
    kind: "route",
    type: "unicast",
    destination: "default",
    gateway,
    device: "eth1",
    table,
    metric: 0,
    onlink: false,
  },
});
const alias = (host: number): Line => ({ kind: "address", device: "eth1", address: `123.234.1.${host}`, prefix: 32 });
const rule = (priority: number): Line => ({ kind: "rule", priority, from: "all", mark: priority, table: 1 });
const chain = (...rules: string[]): Line => ({
  kind: "chain",
  table: "mangle",
  chain: "mw-a-mark",
  rules: rules.map(parseRule),
});
const hook: Line = { kind: "hook", table: "mangle", chain: "PREROUTING", rule: parseRule("-j mw-a-mark") };

/** For each place on the router the lines that can stand there; a setting always has one. */
const PLACES: readonly (readonly Line[])[] = [
  ["0", "1", "2"].map((v) => sysctl(v)),
  ["0", "2"].map((v) => sysctl(v, "eth2")),
  ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map((g) => via(g)),
  ["10.0.0.1", "10.0.0.2"].map((g) => via(g, 1)),
  ...[11, 12, 13].map((host) => [alias(host)]),
  ...[1024, 1025].map((priority) => [rule(priority)]),
  [chain("-j RETURN"), chain("-i eth1 -j RETURN", "-j RETURN")],
  [hook],
  [
    { kind: "table-name", id: 1, name: "wan_one" },
    { kind: "table-name", id: 1, name: "isp" },
  ],
];
const isSetting = (lines: readonly Line[]) => lines[0]!.kind === "sysctl";
const OWNERS = ["p/s/A/a", "p/s/B/b", "p/s/C/c", "p/s/D/d"];

/** What was there before us: some of the places taken, no chain of our name. */
const foreign: fc.Arbitrary<Fragment> = fc
  .tuple(
    ...PLACES.map((lines) =>
      lines.some(isOfOurName) ? fc.constant(undefined) : fc.option(fc.constantFrom(...lines), { nil: undefined }),
    ),
  )
  .map((picked) => picked.flatMap((line, i) => line ?? (isSetting(PLACES[i]!) ? [PLACES[i]![0]!] : [])));

type Program = ReadonlyMap<string, Fragment>;

/** One value for each place, shared out among resources: a line may have several owners, a place one value. */
const program: fc.Arbitrary<Program> = fc
  .tuple(...PLACES.map((lines) => fc.tuple(fc.constantFrom(...lines), fc.subarray(OWNERS))))
  .map(
    (places) =>
      new Map(
        OWNERS.map(
          (owner) => [owner, places.flatMap(([line, owners]) => (owners.includes(owner) ? [line] : []))] as const,
        ).filter(([, lines]) => lines.length > 0),
      ),
  );

interface Router {
  lines: Fragment;
  manifest: Manifest;
}

/** How one run of the CLI turns up: the order of its operations, and how many of them share each transaction. */
const turns = fc.record({
  order: fc.array(fc.nat(), { minLength: 16, maxLength: 16 }),
  groups: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 16, maxLength: 16 }),
});
type Turns = { order: readonly number[]; groups: readonly number[] };

function run(router: Router, before: Program, after: Program, { order, groups }: Turns, start: Fragment): void {
  const requests: Request[] = [
    ...[...after].map(([owner, desired]) => ({ owner, desired })),
    ...[...before.keys()].filter((owner) => !after.has(owner)).map((owner) => ({ owner, desired: undefined })),
  ];
  const shuffled = requests
    .map((r, i) => [order[i]!, r] as const)
    .sort((a, b) => a[0] - b[0])
    .map(([, r]) => r);
  for (let g = 0; shuffled.length > 0; g++) transaction(router, shuffled.splice(0, groups[g]), after, start);
}

function transaction(router: Router, requests: readonly Request[], claims: Program, start: Fragment): void {
  const { manifest, put, drop } = settle(router.manifest, liveFrom(router.lines), requests, claims);
  const claimed = new Set([...claims.values()].flat().map(lineSlot));
  for (const { line } of drop) {
    expect(claimed).not.toContain(lineSlot(line));
    for (const { lines } of manifest.values()) expect(keysOf(lines)).not.toContain(lineKey(line));
    expect(keysOf(start)).not.toContain(lineKey(line));
  }
  router.lines = applied(router.lines, put, drop);
  router.manifest = manifest;
}

/** The program's lines, and in every other place what was there at the start. */
function expected(start: Fragment, wanted: Program): string[] {
  const lines = [...wanted.values()].flat();
  const taken = new Set(lines.map(lineSlot));
  return keysOf([
    ...new Map(lines.map((l) => [lineKey(l), l])).values(),
    ...start.filter((l) => !taken.has(lineSlot(l))),
  ]);
}

describe("any sequence of programs, in any order and any grouping of operations", () => {
  test("leaves the program's lines and, everywhere else, what was there at first; a second run plans nothing", () => {
    fc.assert(
      fc.property(
        foreign,
        fc.array(fc.tuple(program, turns), { minLength: 1, maxLength: 5 }),
        turns,
        (start, runs, last) => {
          const router: Router = { lines: start, manifest: new Map() };
          let before: Program = new Map();
          for (const [wanted, how] of [...runs, [new Map(), last] as const]) {
            run(router, before, wanted, how, start);
            expect(keysOf(router.lines)).toEqual(expected(start, wanted));
            const again = [...wanted].map(([owner, desired]) => ({ owner, desired }));
            const { manifest, put, drop } = settle(router.manifest, liveFrom(router.lines), again, wanted);
            expect([put, drop]).toEqual([[], []]);
            expect(manifest).toEqual(router.manifest);
            before = wanted;
          }
          expect(router.manifest.size).toBe(0);
        },
      ),
      { numRuns: testingAll ? 500 : 40 },
    );
  });
});

const owner = "p/s/DefaultRoute/main";
const entryOf = (lines: Fragment, found: Fragment = []): Manifest => new Map([[owner, { lines, found }]]);
const gone: Request = { owner, desired: undefined };
const nothing = { put: [], drop: [], lost: [] };

test("a setting that had its value before us, on a router that has lost its manifest, is left and not dropped", () => {
  const recorded = { lines: [sysctl("2")], found: [] };
  expect(settle(new Map(), liveFrom([sysctl("2")]), [{ ...gone, recorded }], new Map())).toMatchObject(nothing);
});

test("what somebody has put in our place since then stays, whatever was there before us", () => {
  const manifest = entryOf([via("10.0.0.1")], [via("10.0.0.2")]);
  expect(settle(manifest, liveFrom([via("10.0.0.3")]), [gone], new Map())).toMatchObject(nothing);
  expect(settle(entryOf([via("10.0.0.1")]), liveFrom([via("10.0.0.3")]), [gone], new Map())).toMatchObject(nothing);
});

test("what was there before us comes back, also into a place that is empty by now, and as part of the removal", () => {
  const manifest = entryOf([via("10.0.0.1")], [via("10.0.0.2")]);
  for (const lines of [[via("10.0.0.1")], []])
    expect(settle(manifest, liveFrom(lines), [gone], new Map())).toMatchObject({
      put: [{ owner, line: via("10.0.0.2"), givenBack: true }],
      drop: [],
    });
});

test("a chain of ours goes with whatever was typed into it", () => {
  const typed = chain("-j RETURN", "-j LOG");
  expect(settle(entryOf([chain("-j RETURN")]), liveFrom([typed]), [gone], new Map()).drop).toEqual([
    { owner, line: typed },
  ]);
});

test("a rename in two transactions, old name first: the new one inherits what was there before both", () => {
  const manifest = entryOf([via("10.0.0.1")], [via("10.0.0.2")]);
  const heir = "p/s/DefaultRoute/renamed";
  const claims = new Map([[heir, [via("10.0.0.1")]]]);
  const first = settle(manifest, liveFrom([via("10.0.0.1")]), [gone], claims);
  expect(first).toEqual({
    ...nothing,
    manifest: new Map([[heir, { lines: [via("10.0.0.1")], found: [via("10.0.0.2")] }]]),
  });
});

describe("territory", () => {
  const territory = (line: Line) => line.kind === "route" && line.table === 1;
  const typed: Line = { ...via("10.0.0.9", 1), destination: "10.7.0.0/16" };

  test("routes that others put into our table go, those of other tables stay", () => {
    const live = liveFrom([via("10.0.0.1", 1), typed, via("10.0.0.1", 2)]);
    const request = { owner, desired: [via("10.0.0.1", 1)], territory };
    expect(settle(entryOf([via("10.0.0.1", 1)]), live, [request], new Map()).drop).toEqual([{ owner, line: typed }]);
    expect(settle(entryOf([via("10.0.0.1", 1)]), live, [{ ...request, desired: undefined }], new Map()).drop).toEqual([
      { owner, line: via("10.0.0.1", 1) },
      { owner, line: typed },
    ]);
  });

  test("a route that another resource claims there stays", () => {
    const request = { owner, desired: [], territory };
    const claims = new Map([["p/s/B/b", [typed]]]);
    expect(settle(new Map(), liveFrom([typed]), [request], claims).drop).toEqual([]);
  });
});
