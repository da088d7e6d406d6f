import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createStack, runCli, type Stack, type StackOptions } from "./index.ts";
import { createSandbox, type Sandbox } from "./sandbox.ts";

let sandbox: Sandbox;
let things: unknown[];

beforeEach(() => {
  sandbox = createSandbox();
});
afterEach(() => sandbox.remove());

function stackWith(config: Record<string, unknown>, options: Partial<StackOptions> = {}): Stack {
  return createStack({
    projectDir: sandbox.dir,
    stack: "dev",
    config: { world: sandbox.worldFile, ...config },
    passphrase: "correct horse",
    ...options,
  });
}
const stateFile = () => join(sandbox.dir, ".stand-in", "fixture-dev.json");
const named = (name: string, args: Record<string, unknown> = {}, rest: Record<string, unknown> = {}) => ({
  name,
  args,
  ...rest,
});

describe("a run", () => {
  test("creates, finds nothing to do, updates and destroys", async () => {
    things = [named("a", { config: "one\ntwo\n" }), named("b", {}, { from: { other: "a.serial" } })];
    const created = await stackWith({ things }).up();
    expect(created.summary).toEqual({ create: 3 });
    expect(created.preview?.summary).toEqual({ create: 3 });
    expect(created.processes).toEqual({ provider: 2 });
    expect(created.outputs).toEqual({ secretNote: "none", serials: { a: "serial-a", b: "serial-b" } });
    expect(sandbox.calls()).toEqual([
      ...["configure -", "check a", "check b"],
      ...["configure -", "check a", "create a", "check b", "create b"],
    ]);

    const same = await stackWith({ things }).up({ skipPreview: true });
    expect(same.summary).toEqual({ same: 3 });
    expect(same.processes).toEqual({ provider: 1 });

    things = [named("a", { config: "one\n1.5\ntwo\n", added: ["x"] }), named("b", {}, { from: { other: "a.serial" } })];
    const preview = await stackWith({ things }).preview({ diff: true });
    expect(preview.steps.find(({ name }) => name === "a")?.diffText).toBe(
      [
        "    ~ pulumi-nodejs:dynamic/fixture:Thing: (update)",
        "        [id=a:]",
        "        [urn=urn:pulumi:dev::fixture::pulumi-nodejs:dynamic/fixture:Thing::a]",
        "      + added : [",
        '      +     [0]: "x"',
        "        ]",
        "      ~ config: ",
        "            one",
        "          + 1.5",
        "            two",
        '        name  : "a"',
        "",
      ].join("\n"),
    );
    expect(sandbox.world().objects["a:"]?.config).toBe("one\ntwo\n");

    const gone = await stackWith({ things }).destroy({ skipPreview: true });
    expect(gone.summary).toEqual({ delete: 3 });
    expect(sandbox.world().objects).toEqual({});
    expect(stackWith({ things }).resources()).toEqual([]);
  });

  test("keeps secrets out of the state file, and marks outputs by name", async () => {
    things = [named("a", { pass: "hunter2", deep: { in: ["hunter3"] } }, { secret: ["pass", "deep"] })];
    await stackWith({ things: [], note: "hunter4" }, { secrets: ["note"] }).up({ skipPreview: true });
    const config = { things, note: "hunter4" };
    await stackWith(config, { secrets: ["things", "note"] }).up({ skipPreview: true });
    const file = readFileSync(stateFile(), "utf8");
    expect(file).not.toMatch(/hunter/);
    expect(file).toMatch(/"ciphertext"/);
    expect(stackWith(config).outputs().secretNote).toBe("[secret]");
    expect(stackWith(config).outputs({ showSecrets: true }).secretNote).toBe("hunter4");
    expect(() => stackWith(config, { passphrase: "wrong" }).outputs()).toThrow("incorrect passphrase");
  });

  test("records what finished beside a failure, and starts nothing after it", async () => {
    things = [named("a"), named("b"), named("c"), named("late", {}, { dependsOn: ["a", "b", "c"] })];
    sandbox.setWorld({ faults: { "create b": "fail" }, delayMs: 200 });
    const failed = await stackWith({ things }, { parallel: 8 }).up({ skipPreview: true });
    expect(failed.ok).toBe(false);
    expect(failed.diagnostics.map(({ message }) => message)).toEqual(
      expect.arrayContaining(["create of b was told to fail", "update failed"]),
    );
    expect(failed.steps.filter((step) => step.failed).map(({ name }) => name)).toEqual(["b"]);
    expect(
      stackWith({ things })
        .resources()
        .filter(({ id }) => /^[a-z]+:$/.test(id))
        .map(({ id }) => id)
        .sort(),
    ).toEqual(["a:", "c:"]);
    expect(sandbox.calls()).not.toContain("check late");
  });

  test("does not start what waited for a worker when the failure came", async () => {
    sandbox.setWorld({ faults: { "create a": "fail" }, delayMs: 200 });
    await stackWith({ things: [named("a"), named("b")] }, { parallel: 1 }).up({ skipPreview: true });
    expect(sandbox.calls()).toEqual(["configure -", "check a", "create a", "check b"]);
  });

  test("keeps a half-done create with its errors, and updates it next time", async () => {
    things = [named("a")];
    sandbox.setWorld({ faults: { "create a": "partial" } });
    const failed = await stackWith({ things }).up({ skipPreview: true });
    expect(failed.diagnostics[0]?.message).toBe("1 error occurred:\n\t* a is only half there\n\n");
    expect(
      stackWith({ things })
        .resources()
        .find(({ id }) => id === "a:")?.initErrors,
    ).toEqual(["a is only half there"]);
    sandbox.setWorld({ faults: {} });
    const mended = await stackWith({ things }).up({ skipPreview: true });
    expect(mended.summary).toEqual({ same: 1, update: 1 });
    expect(
      stackWith({ things })
        .resources()
        .find(({ id }) => id === "a:")?.initErrors,
    ).toEqual([]);
  });

  test("runs independent resources together, up to the limit", async () => {
    things = ["a", "b", "c", "d"].map((name) => named(name));
    sandbox.setWorld({ delayMs: 150 });
    const most = async (parallel: number) => {
      const { calls } = await stackWith({ things }, { parallel, stateFile: join(sandbox.dir, `${parallel}.json`) }).up({
        skipPreview: true,
      });
      const creates = calls.filter(({ rpc }) => rpc === "Create");
      return Math.max(
        ...creates.map(
          ({ startOrder }) =>
            creates.filter((other) => other.startOrder <= startOrder && other.endOrder > startOrder).length,
        ),
      );
    };
    expect(await most(1)).toBe(1);
    expect(await most(2)).toBe(2);
    expect(await most(8)).toBe(4);
  });

  test("prints a failed check as the CLI does", async () => {
    const { ok, diagnostics } = await stackWith({ things: [named("a", { size: "huge" })] }).preview();
    expect(ok).toBe(false);
    expect(diagnostics.map(({ message }) => message)).toEqual([
      "pulumi-nodejs:dynamic/fixture:Thing resource 'a': property size value {huge} has a problem: must not be huge",
    ]);
  });

  test("shows provider output as information under the stack", async () => {
    sandbox.setWorld({ logs: ["hello from the provider"] });
    const { text, diagnostics } = await stackWith({ things: [named("a")], warn: true }).preview();
    expect(text).toMatch(/Diagnostics:\n {2}pulumi:pulumi:Stack[\s\S]*hello from the provider/);
    expect(diagnostics).toContainEqual({
      severity: "warning",
      urn: "urn:pulumi:dev::fixture::pulumi-nodejs:dynamic/fixture:Thing::a",
      message: "mind the gap",
      ephemeral: false,
    });
  });

  test("reports a provider that dies in a call", async () => {
    sandbox.setWorld({ faults: { "create a": "crash" } });
    const { ok, steps } = await stackWith({ things: [named("a")] }).up({ skipPreview: true });
    expect(ok).toBe(false);
    expect(steps.find(({ name }) => name === "a")?.failed).toBe(true);
  });

  test("refuses an encrypted value of a stack file in one sentence", () => {
    writeFileSync(join(sandbox.dir, "Pulumi.prod.yaml"), "config:\n  fixture:note:\n    secure: v1:abc\n");
    const stack = createStack({ projectDir: sandbox.dir, stack: "prod" });
    return expect(stack.preview()).rejects.toThrow(/^Pulumi.prod.yaml: fixture:note is encrypted \(secure:\)/);
  });
});

describe("the command", () => {
  test("previews as JSON, and leaves no state behind", async () => {
    const config = [
      "-c",
      `world=${sandbox.worldFile}`,
      "-c",
      `things=${JSON.stringify([named("a", { config: "x" })])}`,
    ];
    const { code, json, stderr } = await runCli(["preview", "--json", "--cwd", sandbox.dir, ...config]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(json).toMatchObject({ ok: true, changeSummary: { create: 2 } });
    expect(existsSync(stateFile())).toBe(false);
  });

  test("a kill leaves a truthful state file with the operation in flight", async () => {
    sandbox.setWorld({ delayMs: 60_000 });
    const config = ["-c", `world=${sandbox.worldFile}`, "-c", `things=${JSON.stringify([named("a")])}`];
    const run = runCli(["up", "--yes", "--skip-preview", "--cwd", sandbox.dir, ...config], {
      // The default provider is such an operation too, for a moment.
      killWhen: () =>
        stackWith({})
          .pendingOperations()
          .some((operation) => operation.resource.inputs.name === "a"),
    });
    expect((await run).code).toBe(-1);
    const stack = stackWith({ things: [named("a")] });
    expect(stack.pendingOperations()).toMatchObject([{ type: "creating", resource: { inputs: { name: "a" } } }]);
    sandbox.setWorld({ delayMs: 0 });
    const next = await stack.up({ skipPreview: true });
    expect(next.diagnostics[0]?.message).toMatch(/^Attempting to deploy or update resources with 1 pending operations/);
    expect(stack.pendingOperations()).toHaveLength(1);
    await stack.refresh({ skipPreview: true, clearPendingCreates: true });
    expect(stack.pendingOperations()).toEqual([]);
  });

  test("explains itself when asked for something else", async () => {
    const { code, stderr } = await runCli(["fly"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^usage: /);
  });
});
