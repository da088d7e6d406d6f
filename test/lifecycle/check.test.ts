/** What a check decides, from inputs, a state and what a router holds. */
import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { parseFragment } from "../../provider/dialects/fragment.ts";
import { defaultRoute } from "../../provider/kinds/default-route.ts";
import { fwmarkRule } from "../../provider/kinds/fwmark-rule.ts";
import type { Kind } from "../../provider/kinds/kind.ts";
import { check } from "../../provider/lifecycle/check.ts";
import type { Props } from "../../provider/lifecycle/inputs.ts";
import type { RouteLine, RuleLine } from "../../provider/model/line.ts";
import { siblingsOf } from "../../provider/site/siblings.ts";
import { RouterError } from "../../provider/ssh/errors.ts";
import { routerOf } from "../kinds/routers.ts";
import { type Given, HOST, newRun, type TestRun } from "./runs.ts";

const owner = "p/s/FwmarkRule/one";
const LINE = "4001: from all fwmark 0x1000000/0xf000000 lookup 101";
const args = { mark: 0x1000000, mask: 0x0f000000, table: 101, priority: 4001 };
const given = { owner, ...args };
const rules = (text: string) => parseFragment(text) as RuleLine[];
/** A router that holds the rule, and knows whose it is. */
const applied: Given = {
  snapshot: routerOf({ rules: rules(LINE) }),
  manifest: new Map([[owner, { lines: rules(LINE), found: [] }]]),
};
const state: Props = { ...given, router: HOST, config: LINE };

const reasons = async (run: TestRun, olds: Props, news: Props, kind: Kind = fwmarkRule) =>
  ((await check(run, kind, olds, news)).failures ?? []).map(({ property, reason }) => `${property}${reason}`);
const inputs = async (run: TestRun, olds: Props, news: Props, kind: Kind = fwmarkRule) => {
  const { inputs, failures } = await check(run, kind, olds, news);
  expect(failures ?? []).toEqual([]);
  return inputs!;
};

test("a new resource shows its lines, and which of them come", async () => {
  const run = newRun({ snapshot: routerOf({ machine: "a1" }) });
  expect(await inputs(run, {}, given)).toEqual({
    ...given,
    router: HOST,
    routerId: "machine a1",
    config: LINE,
    adds: [LINE],
  });
  expect([run.told, run.asked, run.readings()]).toEqual([[], [], 1]);
});

test("what only this run has to know goes no further", async () => {
  const news = {
    ...given,
    declaredAt: "multiwan:site",
    places: { mask: "multiwan:site.mask" },
    parents: [],
    together: [],
  };
  expect(Object.keys(await inputs(newRun(), {}, news))).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^(declaredAt|places|parents|together|siblings|takeOverFrom)$/)]),
  );
});

test("one that is there as it was left is quiet", async () => {
  const run = newRun(applied);
  const { routerId, ...rest } = await inputs(run, state, given);
  expect([rest, run.told, [...run.drifted]]).toEqual([state, [], []]);
});

test("a line that went is drift: told, and in the inputs", async () => {
  const run = newRun({ ...applied, snapshot: routerOf() });
  expect((await inputs(run, state, given)).drift).toEqual([`missing: ${LINE}`]);
  expect(run.told).toEqual([`warn: FwmarkRule one has drifted:\n  missing: ${LINE}`]);
  expect([...run.drifted]).toEqual([owner]);
});

test("drift is told of a resource that is refused, too", async () => {
  const run = newRun({ ...applied, snapshot: routerOf({ rules: rules(LINE.replace("101", "102")) }) });
  expect(await reasons(run, state, given)).toEqual([expect.stringContaining("4001 is taken on the router")]);
  expect(run.told).toEqual([`warn: FwmarkRule one has drifted:\n  missing: ${LINE}`]);
});

test("a router that has lost its manifest has drifted, though all lines stand", async () => {
  const run = newRun({ snapshot: applied.snapshot! });
  expect((await inputs(run, state, given)).drift).toEqual([
    "missing: /run/multiwan/manifest: that these lines are managed",
  ]);
});

test("an old drift of the state is no drift", async () => {
  const { drift, adds } = await inputs(
    newRun(applied),
    { ...state, drift: ["x"], adds: ["y"] },
    { ...given, drift: ["x"] },
  );
  expect([drift, adds]).toEqual([undefined, undefined]);
});

test.each<[string, Props, string]>([
  ["an argument", { ...given, table: 0 }, "multiwan:site.links.a.table: must be 1 or more (0 is reserved)"],
  [
    "one that has a place of its own",
    { ...given, priority: 0, places: { priority: "multiwan:site.priority" } },
    "multiwan:site.priority: must be 1 to 32765 (0 is the local table's own rule)",
  ],
  ["an argument that does not exist", { ...given, tabel: 1 }, 'multiwan:site.links.a: Unrecognized key: "tabel"'],
  [
    "the stack to take over from",
    { ...given, takeOverFrom: "prod" },
    "multiwan:site.links.a.takeOverFrom: must be project/stack, such as multiwan/prod",
  ],
  [
    "the name",
    { ...given, owner: "p/s/FwmarkRule/a\nb" },
    "multiwan:site.links.a: the name of a resource stands in files on the router: names of the project, the stack and the resource must not hold newlines or other control characters",
  ],
])("%s is refused with its place in the stack file, and no router is asked", async (_, news, reason) => {
  const run = newRun();
  expect(await reasons(run, {}, { ...news, declaredAt: "multiwan:site.links.a" })).toEqual([reason]);
  expect(run.readings()).toBe(0);
});

test("what does not fit the router is refused, and what it says of the others comes along", async () => {
  const run = newRun({
    snapshot: routerOf({ rules: rules("4001: from 10.0.0.9 lookup 7\n4002: from 10.0.0.8 lookup 8") }),
  });
  const other = {
    owner: "p/s/FwmarkRule/two",
    declaredAt: "site.b",
    mark: 0x2000000,
    mask: 0x0f000000,
    table: 102,
    priority: 4002,
  };
  const siblings = siblingsOf([["FwmarkRule", other]]).take();
  expect(await reasons(run, {}, { ...given, declaredAt: "site.a", siblings })).toEqual([
    expect.stringMatching(/^site\.a\.priority: 4001 is taken on the router: "4001: from 10\.0\.0\.9 lookup 7"/),
    expect.stringMatching(/^site\.b\.priority: 4002 is taken on the router/),
  ]);
  expect(run.router().previewed.size).toBe(0);
});

test("two resources of one name in two components are refused", async () => {
  const run = newRun();
  await inputs(run, {}, { ...given, parents: ["multiwan:index:MultiWan a"] });
  expect(await reasons(run, {}, { ...given, parents: ["multiwan:index:MultiWan b"] })).toEqual([
    expect.stringContaining("one in multiwan:index:MultiWan a, one in multiwan:index:MultiWan b"),
  ]);
});

test("an output that is not known yet is judged in the update", async () => {
  const run = newRun();
  const news = { ...given, table: pulumi.runtime.unknownValue, declaredAt: "site" };
  expect(await inputs(run, {}, news)).toEqual({ ...given, table: pulumi.runtime.unknownValue });
  expect(run.readings()).toBe(0);
});

const silent = () => new RouterError("timeout", { router: HOST, what: "connecting", why: "no reply" });

test("a router that cannot be read is told whole for the first resource, in one line for the others", async () => {
  const error = silent();
  const run = newRun({ unread: error });
  expect(await reasons(run, {}, given)).toEqual([error.message]);
  expect(await reasons(run, {}, { ...given, owner: "p/s/FwmarkRule/two" })).toEqual([
    `not checked: ${HOST} could not be read, see the first error`,
  ]);
});

test("one that is declared offline is a warning, and the preview shows what the arguments mean", async () => {
  const run = newRun({ unread: silent(), settings: { offline: true } });
  expect(await inputs(run, { ...state, routerId: "id", adopts: [LINE] }, given)).toEqual({
    ...state,
    routerId: "id",
    adopts: [LINE],
  });
  expect(run.told).toEqual([expect.stringMatching(/^warn: .*It is declared offline: what it holds is not compared$/)]);
});

test("one that is gone is not asked", async () => {
  const run = newRun({ unread: silent(), settings: { gone: true } });
  expect(await inputs(run, state, given)).toEqual(state);
  expect(run.readings()).toBe(0);
});

test("a fault of this program is no refusal of a resource", async () => {
  await expect(check(newRun({ unread: new TypeError("x") }), fwmarkRule, {}, given)).rejects.toThrow(TypeError);
});

test("what was found in the place of a line is shown: equal lines stay, others come back", async () => {
  const route = (text: string) => parseFragment(text) as RouteLine[];
  const news = { owner: "p/s/DefaultRoute/main", device: "eth1", gateway: "149.99.251.145" };
  const direct = "149.99.251.144/30 dev eth1 scope link\n66.119.160.0/24 dev eth2 scope link";
  const on = (text: string) => newRun({ snapshot: routerOf({ routes: route(`${direct}\n${text}`) }) });
  const other = "default via 66.119.160.1 dev eth2";
  const same = "default via 149.99.251.145 dev eth1";
  expect(await inputs(on(other), {}, news, defaultRoute)).toMatchObject({ config: same, replaces: [other] });
  expect(await inputs(on(same), {}, news, defaultRoute)).toMatchObject({ config: same, adopts: [same] });
});

test("a state of another machine is told, counts as drift, and nothing of it is given back here", async () => {
  const run = newRun({ snapshot: { ...routerOf(), machine: "b" } });
  const olds = { ...state, router: "172.16.9.9", routerId: "machine a", adopts: [LINE] };
  const { adds, adopts } = await inputs(run, olds, given);
  expect([adds, adopts]).toEqual([[LINE], undefined]);
  expect(run.told[0]).toMatch(/^warn: 172\.16\.1\.1: the last run was on another machine, 172\.16\.9\.9\./);
  expect([...run.drifted]).toEqual([owner]);
});

test("no secret of the connection is in what is returned or said", async () => {
  const run = newRun({ ...applied, snapshot: routerOf(), settings: { password: "hunter2-secret" } });
  const checked = await check(run, fwmarkRule, state, given);
  const refused = await check(
    newRun({ unread: silent(), settings: { password: "hunter2-secret" } }),
    fwmarkRule,
    state,
    given,
  );
  expect(JSON.stringify([checked, refused, run.told])).not.toContain("hunter2");
});
