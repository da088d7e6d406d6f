/** The stand-in against the real CLI, wherever one is on PATH. */
import { describe, expect, test } from "@jest/globals";
import { createRealStack, findPulumi } from "./fidelity/real.ts";
import { type RunRecord, recordStandIn } from "./fidelity/record.ts";
import { type Act, type Scenario, scenarios } from "./fidelity/scenarios.ts";
import { createStack, type Result, type Stack } from "./index.ts";
import { createSandbox } from "./sandbox.ts";

const suite = findPulumi() ? describe : describe.skip;

function flagsOf({ command, withPreview, refresh, parallel }: Act): string[] {
  const flags = command === "preview" ? [] : withPreview ? ["--yes"] : ["--yes", "--skip-preview"];
  if (refresh) flags.push("--refresh");
  return [command, ...flags, ...(parallel ? ["--parallel", String(parallel)] : [])];
}

function perform(stack: Stack, { command, withPreview, refresh }: Act): Promise<Result> {
  if (command === "preview") return stack.preview({ refresh: refresh ?? false });
  return stack[command]({ skipPreview: !withPreview, refresh: refresh ?? false });
}

async function play(
  scenario: Scenario,
): Promise<{ real: Record<string, RunRecord>; standIn: Record<string, RunRecord> }> {
  const ours = createSandbox();
  const theirs = createSandbox();
  const real: Record<string, RunRecord> = {};
  const standIn: Record<string, RunRecord> = {};
  let config: Record<string, unknown> = {};
  const realStack = await createRealStack(theirs.dir);
  for (const act of scenario.acts) {
    config = act.config ? { ...act.config } : config;
    for (const sandbox of [ours, theirs]) if (act.world) sandbox.setWorld(act.world);
    const stack = createStack({
      projectDir: ours.dir,
      stack: "dev",
      config: { ...config, world: ours.worldFile },
      ...(act.parallel && { parallel: act.parallel }),
    });
    const [result, record] = await Promise.all([
      perform(stack, act),
      realStack.run(flagsOf(act), { ...config, world: theirs.worldFile }),
    ]);
    standIn[act.title] = { ...recordStandIn(result, stack, ours.dir), calls: ours.calls().toSorted() };
    real[act.title] = { ...record, calls: theirs.calls().toSorted() };
  }
  ours.remove();
  theirs.remove();
  return { real, standIn };
}

suite("like the real engine", () => {
  for (const scenario of scenarios) {
    describe(scenario.title, () => {
      const played = Promise.withResolvers<Awaited<ReturnType<typeof play>>>();
      test("plays", async () => {
        await play(scenario).then(played.resolve, played.reject);
        await played.promise;
      }, 120_000);
      for (const { title } of scenario.acts) {
        test(title, async () => {
          const { real, standIn } = await played.promise;
          expect(standIn[title]).toEqual(real[title]);
        });
      }
    });
  }

  test("prints the same preview --diff", async () => {
    const sandbox = createSandbox();
    const real = await createRealStack(sandbox.dir);
    const many = Array.from({ length: 40 }, (_, index) => `line ${index}`);
    const before = { config: `${many.join("\n")}\n`, map: { x: 1, list: [1, 2] }, text: "short text", gone: "bye" };
    const after = {
      config: `${many.toSpliced(20, 1, "changed", "added").toSpliced(5, 1).join("\n")}\n`,
      map: { x: 2, list: [1, 3, 4] },
      text: "short tact",
      drift: ["missing: x", "unexpected: y"],
      novel: "one\ntwo\nthree\nfour",
    };
    const config = (args: Record<string, unknown>, key: string) => ({
      world: sandbox.worldFile,
      things: [
        { name: "a", args },
        { name: "b", args: { key }, dependsOn: ["a"] },
      ],
    });
    const standIn = (values: Record<string, unknown>) =>
      createStack({ projectDir: sandbox.dir, stack: "dev", config: values });
    const old = config(before, "1");
    const next = config(after, "2");
    expect((await standIn(old).preview({ diff: true })).text).toBe(await real.text(["preview", "--diff"], old));
    await real.text(["up", "--yes", "--skip-preview"], old);
    await standIn(old).up({ skipPreview: true });
    expect((await standIn(next).preview({ diff: true })).text).toBe(await real.text(["preview", "--diff"], next));
    sandbox.remove();
  }, 60_000);
});
