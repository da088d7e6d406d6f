/** What of a saved plan may be handed on, and what the engine still holds an update to. */
import { describe, expect, test } from "@jest/globals";
import { packed, parsePlan, resourceName, stackOfPlan } from "../../provider/cli/delivery/saved-plan.ts";
import { parseState } from "../../provider/cli/delivery/state.ts";
import { PROVIDER, planOf, RULE, SECRET, SERVERS, stateWith, UNKNOWN } from "./plans.ts";

const PASSWORD = "in clear";
const SETTINGS = JSON.stringify({ host: "192.0.2.1", password: PASSWORD });
const goal = (plan: ReturnType<typeof packed>, urn: string) => plan.resourcePlans[urn]!;

describe("packed", () => {
  test("neither the config, nor a planned state, nor a setting of the router is left, secret or not", () => {
    for (const router of [SETTINGS, SECRET])
      for (const diff of [{ adds: { "multiwan:router": router } }, { updates: { "multiwan:router": router } }]) {
        const text = JSON.stringify(packed(planOf({ [RULE]: {} }, diff), {}));
        expect(text).not.toContain(PASSWORD);
        expect(text).not.toContain("ciphertext");
        expect(text).not.toContain("everything");
      }
  });

  test("nor any other value of the stack file, of whatever namespace: the provider is given all of them", () => {
    const config = { "office:token": PASSWORD, "cloudflare:apiToken": PASSWORD, "multiwan:verify": PASSWORD };
    for (const diff of [
      { adds: config },
      { updates: config },
      { adds: { ...config, "multiwan:router": SETTINGS }, updates: config },
    ])
      expect(JSON.stringify(packed(planOf({ [RULE]: {} }, diff), {}))).not.toContain(PASSWORD);
  });

  test("other settings of the router are within the plan, whether they were to change or not", () => {
    const first = packed(planOf({}, { adds: { "multiwan:site": "{}", "multiwan:router": SETTINGS } }), {});
    expect(goal(first, PROVIDER)).toMatchObject({
      goal: { inputDiff: { adds: { "multiwan:site": UNKNOWN, "multiwan:router": UNKNOWN } } },
    });
    const later = packed(planOf({}, { updates: { "multiwan:site": "{}" } }), {});
    expect(goal(later, PROVIDER)).toMatchObject({
      goal: { inputDiff: { updates: { "multiwan:site": UNKNOWN, "multiwan:router": UNKNOWN } } },
      steps: ["update"],
    });
    const never = packed(planOf({}, { deletes: ["multiwan:router", "other"] }), {});
    expect(goal(never, PROVIDER)).toMatchObject({
      goal: { inputDiff: { updates: { "multiwan:router": UNKNOWN }, deletes: ["other"] } },
    });
    expect(goal(packed(planOf({}), {}), PROVIDER).steps).toEqual(["update"]);
  });

  test("what holds a resource stays, word for word, secrets in their encryption too", () => {
    const diff = { updates: { config: "4001: from all\n", token: SECRET }, deletes: ["drift"] };
    const before = planOf({ [RULE]: diff });
    const { state: _, ...kept } = before.resourcePlans[RULE]!;
    expect(packed(before, {}).resourcePlans[RULE]).toEqual(kept);
  });

  test("a plan of another program's provider stays as it is", () => {
    const other = "urn:pulumi:north::multiwan::pulumi:providers:random::default";
    const diff = { adds: { "multiwan:router": "a name of its own" } };
    const plan = { goal: { type: "pulumi:providers:random", name: "default", inputDiff: diff }, steps: ["create"] };
    const whole = planOf({});
    const with_ = { ...whole, resourcePlans: { ...whole.resourcePlans, [other]: plan } };
    expect(packed(with_, {}).resourcePlans[other]).toEqual(plan);
  });

  test("a plan of --show-secrets is refused", () => {
    const { ciphertext: _, ...signed } = SECRET;
    const plan = planOf({ [RULE]: { updates: { deep: [{ token: { ...signed, plaintext: '"x"' } }] } } });
    expect(() => packed(plan, {})).toThrow("--show-secrets");
  });
});

describe("parsePlan", () => {
  test("takes a plan, and tells its stack", () => {
    expect(stackOfPlan(parsePlan(JSON.stringify(planOf({})), "f"))).toMatchObject({
      stack: "north",
      project: "multiwan",
    });
  });

  test.each(["", "[]", "{}", '"x"', '{"resourcePlans": {}}', '{"resourcePlans": {"x": {}}}', '{"deployment": {}}'])(
    "refuses %j",
    (text) => {
      expect(() => parsePlan(text, "plan.json")).toThrow("plan.json is no plan");
    },
  );
});

test("a resource is called as everywhere else", () => {
  expect(resourceName(RULE)).toBe("FwmarkRule site-wan_one-rule");
});

describe("digests of the state", () => {
  const digestsOf = (exported: string) => parseState(exported).digests;
  const digest = (inputs: object) => digestsOf(stateWith({ [RULE]: inputs }))[RULE];

  test("one for each resource of this package, none for others, none for an empty stack", () => {
    const text = stateWith({ [RULE]: { mark: 1 }, [SERVERS]: { map: "site" }, [PROVIDER]: { any: "thing" } });
    expect(Object.keys(digestsOf(text))).toEqual([RULE, SERVERS]);
    expect(digestsOf('{"version": 3, "deployment": {"manifest": {}}}')).toEqual({});
    expect(digestsOf('{"version": 3}')).toEqual({});
  });

  test("differs where an input does, and not for what only one run shows or another order of keys", () => {
    expect(digest({ mark: 1, table: 2 })).toBe(digest({ table: 2, mark: 1, drift: ["missing: x"], adds: ["y"] }));
    expect(digest({ mark: 1 })).not.toBe(digest({ mark: 2 }));
    expect(digest({ lines: ["a", "b"] })).not.toBe(digest({ lines: ["b", "a"] }));
  });
});

describe("a file that somebody has edited", () => {
  const whole = packed(planOf({ [RULE]: { updates: { config: "a\n" }, deletes: ["drift"] } }), { [RULE]: "abc" });
  const edited = (path: readonly string[], value: unknown): string => {
    const copy = JSON.parse(JSON.stringify(whole));
    const last = path.at(-1)!;
    const part = path.slice(0, -1).reduce((one, key) => one[key], copy);
    part[last] = value;
    return JSON.stringify(copy);
  };

  test.each([
    [["resourcePlans", RULE]],
    [["resourcePlans", RULE, "goal"]],
    [["resourcePlans", RULE, "goal", "inputDiff"]],
    [["resourcePlans", RULE, "goal", "inputDiff", "updates"]],
    [["resourcePlans", RULE, "goal", "inputDiff", "deletes"]],
    [["resourcePlans", RULE, "steps"]],
    [["multiwan"]],
    [["multiwan", "state"]],
    [["multiwan", "drifts"]],
  ])("is no plan any more, and told so: %j", (path) => {
    for (const value of [null, 7, "x", [null]])
      expect(() => parsePlan(edited(path, value), "f.json")).toThrow("f.json is no plan");
  });

  test("a plan of another version of this command is refused as such", () => {
    expect(() => parsePlan(edited(["multiwan", "format"], 2), "f.json")).toThrow("of another version of multiwan");
  });
});
