/** The methods that the engine calls, on a router that is a value: what is asked of it, and what is recorded. */
import { expect, test } from "@jest/globals";
import { parseFragment } from "../../provider/dialects/fragment.ts";
import { fwmarkRule } from "../../provider/kinds/fwmark-rule.ts";
import type { Kind } from "../../provider/kinds/kind.ts";
import { sourceRule } from "../../provider/kinds/source-rule.ts";
import type { Props } from "../../provider/lifecycle/inputs.ts";
import { providerOf } from "../../provider/lifecycle/provider.ts";
import type { RuleLine } from "../../provider/model/line.ts";
import { RouterError } from "../../provider/ssh/errors.ts";
import { routerOf } from "../kinds/routers.ts";
import { type Given, HOST, newRun, type TestRun } from "./runs.ts";

const owner = "p/s/FwmarkRule/one";
const LINE = "4001: from all fwmark 0x1000000/0xf000000 lookup 101";
const rules = (text: string) => parseFragment(text) as RuleLine[];
const given = { owner, mark: 0x1000000, mask: 0x0f000000, table: 101, priority: 4001 };
const state: Props = { ...given, router: HOST, config: LINE, incarnation: "1f" };
const applied: Given = {
  snapshot: routerOf({ rules: rules(LINE) }),
  manifest: new Map([[owner, { lines: rules(LINE), found: [] }]]),
};

/** The provider with its methods, which a dynamic provider may leave out. */
function methods(run: TestRun, kind: Kind = fwmarkRule) {
  const provider = providerOf(kind, run);
  return {
    ...provider,
    check: provider.check!,
    diff: provider.diff!,
    update: provider.update!,
    delete: provider.delete!,
    read: provider.read!,
  };
}
type Methods = ReturnType<typeof methods>;
const checked = async (provider: Methods, olds: Props, news: Props): Promise<Props> => {
  const { inputs, failures } = await provider.check(olds, news);
  expect(failures ?? []).toEqual([]);
  return inputs as Props;
};
const error = (kind: "not-persistent" | "rolled-back") => new RouterError(kind, { router: HOST, what: "the change" });

test.each<[string, Props, Props, boolean]>([
  ["equal inputs", state, {}, false],
  ["another argument", state, { table: 102 }, true],
  ["another line, of equal arguments", { ...state, config: LINE.replace("4001", "4002") }, {}, true],
  ["a table that has got a name", { ...state, config: LINE.replace("101", "wan_one") }, {}, false],
  ["lines found there that were not before", state, { replaces: ["1: from all lookup 7"] }, true],
  ["a state that does not know which router it was", { ...state, routerId: "" }, { routerId: "machine a1" }, false],
  ["news of the last run", { ...state, drift: ["missing: x"], adds: ["y"], takesOver: ["z"] }, {}, false],
  [
    "keys of earlier versions",
    { ...state, adopt: ["7: from all lookup 7"] },
    { replace: ["7: from all lookup 7"] },
    false,
  ],
  [
    "another line under a key of earlier versions",
    { ...state, adopt: ["7: from all lookup 7"] },
    { replace: [] },
    true,
  ],
  ["another provider text", { ...state, __provider: "a" }, { __provider: "b" }, false],
])("diff is explicit: %s", async (_, olds, news, changes) => {
  const { incarnation: _incarnation, ...inputs } = state;
  expect(await methods(newRun(applied)).diff("id", olds, { ...inputs, ...news })).toEqual({ changes });
});

test("diff: what this run has found drifted is an update, until it is mended", async () => {
  const run = newRun({ ...applied, snapshot: routerOf() });
  const provider = methods(run);
  const inputs = await checked(provider, state, given);
  expect(await provider.diff(owner, state, inputs)).toEqual({ changes: true });
  await provider.update(owner, state, inputs);
  const { drift: _, ...mended } = inputs;
  expect(await provider.diff(owner, state, mended)).toEqual({ changes: false });
});

test("create asks for the lines, and records them without the news of its preview", async () => {
  const run = newRun();
  const provider = methods(run);
  const inputs = await checked(provider, {}, given);
  const { id, outs } = await provider.create(inputs);
  expect(run.asked).toEqual([{ owner, desired: rules(LINE), adopt: [] }]);
  expect(id).toBe(owner);
  expect(outs).toEqual({ ...given, router: HOST, config: LINE, incarnation: expect.stringMatching(/^[0-9a-f]{8}$/) });
});

test("update gives the router what the state knows, and keeps the incarnation", async () => {
  const run = newRun(applied);
  const provider = methods(run);
  const inputs = await checked(provider, state, { ...given, table: 102 });
  const { outs } = await provider.update(owner, state, inputs);
  expect(run.asked).toEqual([
    {
      owner,
      desired: rules(LINE.replace("101", "102")),
      adopt: [],
      recorded: { lines: rules(LINE), found: [] },
      recordedOn: { routerId: "", router: HOST },
    },
  ]);
  expect(outs).toMatchObject({ incarnation: "1f", table: 102 });
});

test("a resource that was renamed asks with both names", async () => {
  const run = newRun(applied);
  const provider = methods(run);
  const renamed = { ...given, owner: "p/s/FwmarkRule/two" };
  await provider.update(owner, state, await checked(provider, state, renamed));
  expect(run.asked).toMatchObject([{ owner: "p/s/FwmarkRule/two", former: owner }]);
});

test("delete asks for nothing in the place of the lines", async () => {
  const run = newRun(applied);
  await methods(run).delete(owner, state);
  expect(run.asked).toEqual([
    {
      owner,
      desired: undefined,
      recorded: { lines: rules(LINE), found: [] },
      recordedOn: { routerId: "", router: HOST },
    },
  ]);
});

test("delete of a router that is gone asks for nothing", async () => {
  const run = newRun({ settings: { gone: true }, unread: new Error("asked") });
  await methods(run).delete(owner, state);
  expect(run.asked).toEqual([]);
});

test("the old one of a replacement takes no line away: created first, or deleted first", async () => {
  const first = newRun(applied);
  const provider = methods(first);
  await provider.create(await checked(provider, {}, given));
  await provider.delete(owner, state);
  expect(first.asked.map(({ desired }) => desired)).toEqual([rules(LINE)]);

  const last = newRun(applied);
  const other = methods(last);
  await checked(other, {}, { ...given, table: 102 });
  await other.delete(owner, state);
  expect(last.asked.map(({ desired }) => desired)).toEqual([rules(LINE.replace("101", "102"))]);
});

test("what is in force but not on the disk is recorded with its error", async () => {
  const run = newRun({ unchanged: error("not-persistent") });
  const provider = methods(run);
  const inputs = await checked(provider, {}, given);
  await expect(provider.create(inputs)).rejects.toMatchObject({
    id: owner,
    properties: { config: LINE, incarnation: expect.any(String) },
    reasons: [expect.stringContaining("the change")],
  });
});

test("what was rolled back is not recorded", async () => {
  const run = newRun({ ...applied, unchanged: error("rolled-back") });
  const provider = methods(run);
  const inputs = await checked(provider, state, { ...given, table: 102 });
  const failed = await Promise.resolve(provider.update(owner, state, inputs)).catch((e: unknown) => e);
  expect([failed, failed instanceof RouterError, Object.hasOwn(failed as object, "properties")]).toEqual([
    failed,
    true,
    false,
  ]);
});

test("a state of an earlier version is checked, kept and destroyed as it is", async () => {
  const run = newRun(applied);
  const provider = methods(run);
  const old = { ...state, adopt: ["7: from all lookup 7"], replaces: ["7: from all lookup 7"] };
  const found = { ...applied.manifest!.get(owner)!, found: rules("7: from all lookup 7") };
  Object.assign(run, newRun({ ...applied, manifest: new Map([[owner, found]]) }));
  const inputs = await checked(provider, old, { ...given, adopt: ["7: from all lookup 7"] });
  expect(Object.keys(inputs)).not.toContain("adopt");
  expect(inputs).toMatchObject({ replace: ["7: from all lookup 7"], config: LINE });
  expect([await provider.diff(owner, old, inputs), run.told]).toEqual([{ changes: false }, []]);
  expect(await provider.read(owner, old)).toEqual({ id: owner, props: old });
  await provider.delete(owner, old);
  expect(run.asked).toMatchObject([{ owner, recorded: { lines: rules(LINE) } }]);
});

test("the warnings of a change are said once, with the router's name", async () => {
  const run = newRun();
  Object.assign(run.router(), { warnings: ["sshd is old"] });
  const provider = methods(run);
  await provider.create(await checked(provider, {}, given));
  expect(run.told).toEqual([`warn: ${HOST}: sshd is old`]);
});

test.each<[string, Given, Props | undefined]>([
  ["as it was", applied, state],
  [
    "with another rule in its place",
    { ...applied, snapshot: routerOf({ rules: rules(LINE.replace("101", "7")) }) },
    undefined,
  ],
])("read: %s", async (_, on, props) => {
  const read = await methods(newRun(on)).read(owner, state);
  expect(read.props).toEqual(props ?? { ...state, config: expect.any(String) });
  expect(read.id).toBe(owner);
});

test("read: a resource of which neither lines nor an entry of the manifest are left is gone", async () => {
  expect(await methods(newRun()).read(owner, state)).toEqual({});
  expect(await methods(newRun({ manifest: applied.manifest! })).read(owner, state)).toMatchObject({
    id: owner,
    props: { config: "" },
  });
});

test("read: of a router that is gone the state stays", async () => {
  const run = newRun({ settings: { gone: true }, unread: new Error("asked") });
  expect(await methods(run).read(owner, state)).toEqual({ id: owner, props: state });
});

test("no secret of the connection is in outputs, requests or texts", async () => {
  const run = newRun({
    settings: { password: "hunter2-secret", privateKeyPassword: "hunter2-too", privateKey: "hunter2-key" },
  });
  const provider = methods(run);
  const created = await provider.create(await checked(provider, {}, given));
  expect(JSON.stringify([created, run.asked, run.told])).not.toContain("hunter2");
});

test("a kind with facts and names of tables is asked for like any other", async () => {
  const run = newRun();
  const provider = methods(run, sourceRule);
  const news = {
    owner: "p/s/SourceRule/one",
    source: "172.16.1.131",
    table: 101,
    tableName: "wan_one",
    priority: 5001,
  };
  const { outs } = await provider.create(await checked(provider, {}, news));
  expect(outs).toMatchObject({ config: expect.stringContaining("from 172.16.1.131 lookup wan_one") });
});
