/** plan, apply and drift as they are called, with a Pulumi that says what a test wants. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { SavedPlan } from "../../provider/cli/delivery/saved-plan.ts";
import { multiwan } from "../../provider/cli/program.ts";
import type { Pulumi } from "../../provider/cli/stack/pulumi.ts";
import { startForge } from "./forge.ts";
import { PROVIDER, planOf, planWith, RULE, SECRET, SERVERS, stateWith, UNKNOWN } from "./plans.ts";

const PORT = { updates: { config: "port 81\n" } };
const REVIEWED = planOf({ [RULE]: {}, [SERVERS]: PORT }, { updates: { "multiwan:router": "read only" } });
const NOW = planOf({ [RULE]: {}, [SERVERS]: PORT });
const DRIFTED = planOf({ [RULE]: { adds: { drift: ["missing: 4001: from all"] } }, [SERVERS]: PORT });
const NOTHING = planOf({ [RULE]: {}, [SERVERS]: {} });

let dir: string;
/** What the preview of now plans; a text is what it fails with. */
let now: SavedPlan | string;
let state: string;
/** The plans that pulumi up was given. */
let applied: SavedPlan[];
let env: Record<string, string>;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "multiwan-apply-"));
  writeFileSync(join(dir, "Pulumi.yaml"), "name: multiwan\nruntime: nodejs\n");
  writeFileSync(join(dir, "Pulumi.north.yaml"), "config: {}\n");
  writeFileSync(join(dir, "saved.json"), JSON.stringify(REVIEWED));
  state = stateWith({ [RULE]: { mark: 1 }, [SERVERS]: { map: "site" } });
  now = NOW;
  applied = [];
  env = {};
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const pulumi: Pulumi = (args) => {
  const file = args[args.findIndex((one) => one === "--save-plan" || one === "--plan") + 1]!;
  const answer = (stdout: string, code = 0) => ({ code, stdout, stderr: "" });
  expect(args.slice(-2)).toEqual(["--stack", "north"]);
  if (args[0] === "stack") return answer(state);
  if (args[0] === "preview") {
    if (typeof now === "string")
      return answer(JSON.stringify({ diagnostics: [{ severity: "error", message: now }] }), 255);
    writeFileSync(file, JSON.stringify(now));
    return answer('{"diagnostics": [{"severity": "warning", "message": "a warning"}]}');
  }
  expect(args).toEqual(expect.arrayContaining(["up", "--yes", "--skip-preview", "--plan"]));
  applied.push(JSON.parse(readFileSync(file, "utf8")));
  return answer("");
};

async function said(...argv: string[]): Promise<{ code: number; text: string }> {
  const chunks: string[] = [];
  const stream = { write: (text: string) => chunks.push(text) };
  const all = [...argv, "--stack", "north", "--cwd", dir];
  const code = await multiwan(all, { out: stream, err: stream, env, pulumi, stop: new AbortController().signal });
  return { code, text: chunks.join("") };
}

const file = (name: string) => join(dir, name);
const pack = () => said("plan", file("saved.json"), "--output", file("reviewed.json"));
const apply = (...more: string[]) => said("apply", file("reviewed.json"), ...more);

test("plan writes a file that only its owner may read, without what is in clear", async () => {
  expect(await pack()).toMatchObject({ code: 0 });
  expect(statSync(file("reviewed.json")).mode & 0o777).toBe(0o600);
  expect(readFileSync(file("reviewed.json"), "utf8")).not.toContain("in clear");
});

describe("apply", () => {
  test("hands the packed plan to pulumi up where it still holds, and only says so with --check", async () => {
    await pack();
    expect(await apply("--check")).toEqual({ code: 0, text: "north: the plan holds\n" });
    expect(applied).toEqual([]);
    expect(await apply()).toMatchObject({ code: 0 });
    expect(applied).toHaveLength(1);
    expect(applied[0]).toMatchObject({ multiwan: { format: 1 } });
  });

  test("other values of the stack file than at the review are none of the plan, where the resources are the same", async () => {
    await pack();
    now = planOf({ [RULE]: {}, [SERVERS]: PORT }, { adds: { "dns:token": "in clear" }, deletes: ["dns:zone"] });
    expect(await apply()).toMatchObject({ code: 0 });
    const { goal } = applied[0]!.resourcePlans[PROVIDER]!;
    expect(goal!.inputDiff).toEqual({
      adds: { "dns:token": UNKNOWN },
      updates: { "multiwan:router": UNKNOWN },
      deletes: ["dns:zone"],
    });
  });

  test("a provider of other resources that is declared otherwise is told before anything runs", async () => {
    const other = "urn:pulumi:north::multiwan::pulumi:providers:dns::default";
    const of = (zone: string): SavedPlan => {
      const plan = planOf({ [RULE]: {}, [SERVERS]: PORT });
      const goal = { type: "pulumi:providers:dns", name: "default", inputDiff: { updates: { zone } } };
      return { ...plan, resourcePlans: { ...plan.resourcePlans, [other]: { goal, steps: ["update"] } } };
    };
    writeFileSync(file("saved.json"), JSON.stringify(of("a")));
    await pack();
    now = of("b");
    expect(await apply()).toMatchObject({
      code: 1,
      text: expect.stringContaining("Declared otherwise than in the review:\n  dns default\n    zone differs"),
    });
    expect(applied).toEqual([]);
  });

  test("tells the lines that changed on the router, and changes nothing", async () => {
    await pack();
    now = DRIFTED;
    const refused = await apply();
    expect(refused.code).toBe(1);
    expect(refused.text).toContain("    missing: 4001: from all\n");
    expect(applied).toEqual([]);
    const { text } = await apply("--json");
    expect(JSON.parse(text)).toMatchObject({ holds: false, applied: false, differences: [{ about: "router" }] });
  });

  test("refuses what another run has changed", async () => {
    await pack();
    state = stateWith({ [RULE]: { mark: 1 }, [SERVERS]: { map: "other" } });
    expect(await apply()).toMatchObject({ code: 1, text: expect.stringContaining("was changed by another run") });
    expect(applied).toEqual([]);
  });

  test("has nothing to do where nothing is left to do, though the plan had something", async () => {
    await pack();
    now = NOTHING;
    expect(await apply()).toEqual({ code: 0, text: "north: nothing to do\n" });
    expect(applied).toEqual([]);
  });

  test("a preview that refuses is told in its words", async () => {
    await pack();
    now = "192.0.2.1: connection refused";
    expect(await apply()).toEqual({
      code: 4,
      text: `multiwan: pulumi preview failed, and nothing was changed:\n${now}\n`,
    });
  });

  test("a plan of another stack is refused before anything is asked", async () => {
    writeFileSync(file("reviewed.json"), JSON.stringify(NOW).replaceAll(":north::", ":south::"));
    expect(await apply()).toMatchObject({ code: 2, text: expect.stringContaining("is a plan of multiwan/south") });
  });

  test("takes a plan as Pulumi saves it", async () => {
    expect(await said("apply", file("saved.json"))).toMatchObject({ code: 0 });
    expect(JSON.stringify(applied)).not.toContain("in clear");
  });
});

describe("settings of the router", () => {
  const LOGGED_IN = { user: "ci", readOnly: true, password: "hunter2" };
  const WAYS = { host: "192.0.2.1", probe: { paths: ["192.0.2.2"] } };
  const held = (settings: object, others: object = { [RULE]: { mark: 1 }, [SERVERS]: { map: "site" } }) =>
    stateWith({ ...others, [PROVIDER]: { "multiwan:router": JSON.stringify(settings) } });
  const reviewedWith = async (settings: object) => {
    writeFileSync(file("saved.json"), JSON.stringify(planWith(NOW, { ...LOGGED_IN, ...settings })));
    await pack();
  };

  test("that are others than in the review are refused by name; how the job logs in is its own", async () => {
    await reviewedWith(WAYS);
    expect(readFileSync(file("reviewed.json"), "utf8")).not.toMatch(/hunter2|"ci"/);
    now = planWith(NOW, { ...WAYS, user: "root" });
    expect(await apply("--check")).toMatchObject({ code: 0 });
    now = planWith(NOW, { host: "192.0.2.1", confirmTimeout: 300 });
    const { code, text } = await apply();
    expect(code).toBe(1);
    expect(text).toContain(`Declared otherwise than in the review:
  settings of multiwan:router
    confirmTimeout: 300 instead of not set
    probe.paths: not set instead of ["192.0.2.2"]
`);
    expect(applied).toEqual([]);
  });

  test("alone are applied, so that the state holds them", async () => {
    state = held({ host: "192.0.2.1" });
    await reviewedWith(WAYS);
    now = planWith(NOTHING, WAYS);
    writeFileSync(file("saved.json"), JSON.stringify(planWith(NOTHING, WAYS)));
    await pack();
    expect(await apply()).toMatchObject({ code: 0 });
    expect(applied).toHaveLength(1);
    state = held(WAYS);
    expect(await apply()).toEqual({ code: 0, text: "north: nothing to do\n" });
  });

  test("of which one is a secret are not compared: Pulumi hides them all", async () => {
    await reviewedWith(WAYS);
    now = planWith(NOW, SECRET);
    expect(await apply("--check")).toMatchObject({ code: 0 });
  });
});

test("drift opens its issue and closes it; its exit code says whether something differs", async () => {
  await using forge = await startForge("forgejo");
  env = forge.env;
  now = DRIFTED;
  expect(await said("drift", "--post")).toMatchObject({ code: 1, text: expect.stringContaining("issue: opened") });
  expect(forge.issues[0]!.text).toContain("missing: 4001: from all");
  const many = Array.from({ length: 3000 }, (_, i) => `missing: ${i}: from 192.0.2.${i % 250} lookup wan_one`);
  now = planOf({ [RULE]: { adds: { drift: many } } });
  expect(await said("drift", "--post")).toMatchObject({ code: 1, text: expect.stringContaining("issue: updated") });
  expect(forge.issues[0]!.text.length).toBeLessThanOrEqual(65_536);
  now = NOTHING;
  expect(await said("drift", "--post")).toMatchObject({ code: 0, text: expect.stringContaining("issue: closed") });
  forge.refuse = 500;
  expect(await said("drift", "--post")).toMatchObject({ code: 6 });
  // What was found is in the job's log all the same.
  now = DRIFTED;
  const refused = await said("drift", "--post");
  expect(refused).toMatchObject({ code: 6, text: expect.stringContaining("    missing: 4001: from all\n") });
});

test.each(["apply", "drift"])(
  "%s: of a preview that fails for a reason that its JSON does not say, the config is not printed",
  async (command) => {
    await said("plan", join(dir, "saved.json"), "--output", join(dir, "reviewed.json"));
    const failing: Pulumi = (args, ...rest) =>
      args[0] === "preview"
        ? {
            code: 255,
            stdout: JSON.stringify({ config: { "multiwan:router": '{"password":"in clear"}' }, steps: [] }),
            stderr: "error: preview failed: a mandatory policy is violated",
          }
        : pulumi(args, ...rest);
    const chunks: string[] = [];
    const stream = { write: (text: string) => chunks.push(text) };
    const files = command === "apply" ? [join(dir, "reviewed.json")] : [];
    const argv = [command, ...files, "--stack", "north", "--cwd", dir];
    const code = await multiwan(argv, {
      out: stream,
      err: stream,
      env,
      pulumi: failing,
      stop: new AbortController().signal,
    });
    expect(code).toBe(4);
    expect(chunks.join("")).toContain("a mandatory policy is violated");
    expect(chunks.join("")).not.toContain("in clear");
  },
);

describe("the line that the last run has put back is missing again, so that the plan does not mention it", () => {
  const LINES = ["missing: 4001: from all"];
  beforeEach(() => {
    state = stateWith({ [RULE]: { mark: 1, drift: LINES }, [SERVERS]: { map: "site" } });
  });
  const again = planOf({ [RULE]: { updates: { config: "b" } }, [SERVERS]: {} });
  const mended = planOf({ [RULE]: { updates: { config: "b" }, deletes: ["drift"] }, [SERVERS]: {} });

  test("drift tells it as drift", async () => {
    now = { ...planOf({ [RULE]: {}, [SERVERS]: {} }) };
    Object.assign(now.resourcePlans[RULE]!, { steps: ["update"] });
    const { code, text } = await said("drift");
    expect(code).toBe(1);
    expect(text).toContain(
      "Changed on the router since the last run:\n  FwmarkRule site-wan_one-rule\n    missing: 4001",
    );
    expect(text).not.toContain("not applied");
  });

  test.each([
    ["came", mended, again, "    missing: 4001: from all"],
    ["went", again, mended, "    no longer missing: 4001: from all"],
  ])("apply refuses where it %s since the review", async (_, reviewed, then, line) => {
    writeFileSync(join(dir, "saved.json"), JSON.stringify(reviewed));
    await said("plan", join(dir, "saved.json"), "--output", join(dir, "reviewed.json"));
    now = then;
    const { code, text } = await said("apply", join(dir, "reviewed.json"));
    expect(text).toContain(`Changed on the router since the review:\n  FwmarkRule site-wan_one-rule\n${line}`);
    expect(code).toBe(1);
    expect(applied).toEqual([]);
  });
});
