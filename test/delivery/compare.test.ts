/** What is said when the world is no longer the one that was reviewed. */
import { describe, expect, test } from "@jest/globals";
import { compare, isEmpty } from "../../provider/cli/delivery/compare.ts";
import { refusal } from "../../provider/cli/delivery/refusal.ts";
import { type InputDiff, packed } from "../../provider/cli/delivery/saved-plan.ts";
import { planOf, RULE, SERVERS } from "./plans.ts";

const STATE = { [RULE]: "aa", [SERVERS]: "bb" };
const PORT = { updates: { config: "a\nport 81\n", entries: [81] } };
const MISSING = "missing: 4001: from all fwmark 0x1 lookup wan_one";

const differences = (
  reviewed: Readonly<Record<string, InputDiff>>,
  now: Readonly<Record<string, InputDiff>>,
  state: Readonly<Record<string, string>> = STATE,
) => compare(packed(planOf(reviewed), STATE), planOf(now), state);

describe("compare", () => {
  test("the same plan, made with other settings of the router, is no difference", () => {
    const settings = { updates: { "multiwan:router": "the key that may change" } };
    const reviewed = packed(planOf({ [RULE]: {}, [SERVERS]: PORT }), STATE);
    expect(compare(reviewed, planOf({ [RULE]: {}, [SERVERS]: PORT }, settings), STATE)).toEqual([]);
  });

  test("drift that came, and drift that went", () => {
    const drift = { adds: { drift: [MISSING], adds: ["4001: from all"] } };
    expect(differences({ [RULE]: {}, [SERVERS]: PORT }, { [RULE]: drift, [SERVERS]: PORT })).toEqual([
      { about: "router", resource: "FwmarkRule site-wan_one-rule", lines: [MISSING] },
    ]);
    expect(differences({ [RULE]: drift }, { [RULE]: {} })).toEqual([
      { about: "router", resource: "FwmarkRule site-wan_one-rule", lines: [`no longer ${MISSING}`] },
    ]);
    expect(differences({ [RULE]: drift }, { [RULE]: drift })).toEqual([]);
  });

  test("lines of others that stand in the way now, or no longer do", () => {
    const way = { adds: { replaces: ["default via 192.0.2.1"] } };
    expect(differences({ [RULE]: {} }, { [RULE]: way })[0]).toMatchObject({
      about: "router",
      lines: ["there now, and would be replaced: default via 192.0.2.1"],
    });
    expect(differences({ [RULE]: way }, { [RULE]: {} })[0]).toMatchObject({
      about: "router",
      lines: ["no longer there: default via 192.0.2.1"],
    });
  });

  test("a line that is to be added, or is there already, where nothing else tells of it", () => {
    expect(differences({ [RULE]: { adds: { adds: ["x", "y"] } } }, { [RULE]: { adds: { adds: ["y", "z"] } } })).toEqual(
      [
        {
          about: "router",
          resource: "FwmarkRule site-wan_one-rule",
          lines: ["there already: x", "to be added: z"],
        },
      ],
    );
  });

  test("lines in another order, and lines that the review gave up and that now stay", () => {
    const order = (lines: readonly string[]) => ({ updates: { config: lines.join("\n") } });
    expect(differences({ [RULE]: order(["a", "b"]) }, { [RULE]: order(["b", "a"]) })).toEqual([
      {
        about: "declared",
        resource: "FwmarkRule site-wan_one-rule",
        lines: ["config differs in the order of its lines"],
      },
    ]);
    const gone = { updates: { mark: 2 }, deletes: ["replaces"] };
    expect(differences({ [RULE]: gone }, { [RULE]: { updates: { mark: 2 } } })).toMatchObject([
      { about: "router", lines: ["replaces differs"] },
    ]);
  });

  test("a secret that was encrypted anew is left to the engine, which can decrypt it", () => {
    const secret = (ciphertext: string) => ({
      updates: { token: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext } },
    });
    expect(differences({ [RULE]: secret("v1:a") }, { [RULE]: secret("v1:b") })).toEqual([]);
  });

  test("news of the last run that the state no longer holds is no difference", () => {
    const gone = { updates: { config: "a" }, deletes: ["drift", "adds"] };
    expect(differences({ [RULE]: gone }, { [RULE]: { updates: { config: "a" } } })).toEqual([]);
  });

  test("a declaration in its lines; an argument by its name where no line differs", () => {
    const other = { updates: { config: "a\nport 82\n", entries: [82] } };
    expect(differences({ [SERVERS]: PORT }, { [SERVERS]: other })).toEqual([
      { about: "declared", resource: "ServerMap site-servers", lines: ["- port 81", "+ port 82"] },
    ]);
    expect(differences({ [RULE]: {} }, { [RULE]: { updates: { note: "other" } } })[0]?.lines).toEqual(["note differs"]);
    expect(differences({ [RULE]: {} }, { [RULE]: { deletes: ["note"] } })[0]?.lines).toEqual(["note differs"]);
  });

  test("resources that came and went", () => {
    expect(differences({ [RULE]: {} }, { [RULE]: {}, [SERVERS]: PORT })[0]?.lines).toEqual([
      "is declared, and was not in the review",
    ]);
    expect(differences({ [RULE]: {}, [SERVERS]: PORT }, { [RULE]: {} })[0]?.lines).toEqual(["is no longer declared"]);
  });

  test("another step for the same inputs", () => {
    const now = planOf({ [RULE]: {} });
    const replaced = {
      ...now,
      resourcePlans: { ...now.resourcePlans, [RULE]: { ...now.resourcePlans[RULE], steps: ["replace"] } },
    };
    expect(compare(packed(planOf({ [RULE]: {} }), STATE), replaced, STATE)[0]?.lines).toEqual([
      "replace instead of same",
    ]);
  });

  test("another machine", () => {
    const id = (routerId: string) => ({ [RULE]: { updates: { routerId } } });
    expect(differences(id("machine a"), id("machine b"))).toEqual([
      { about: "machine", resource: "FwmarkRule site-wan_one-rule", lines: ["machine b instead of machine a"] },
    ]);
  });

  test("another run in between, though the values become the same", () => {
    const plan = { [RULE]: {}, [SERVERS]: PORT };
    expect(differences(plan, plan, { ...STATE, [SERVERS]: "cc" })).toEqual([
      { about: "state", resource: "ServerMap site-servers", lines: ["was changed by another run"] },
    ]);
    expect(differences(plan, plan, { [RULE]: "aa" })[0]?.lines).toEqual(["was deleted by another run"]);
  });
});

test("a plan in which nothing changes is empty, whatever becomes of the provider's settings", () => {
  expect(isEmpty(planOf({ [RULE]: {} }, { updates: { "multiwan:router": "x" } }))).toBe(true);
  expect(isEmpty(planOf({ [RULE]: {}, [SERVERS]: PORT }))).toBe(false);
});

test("the refusal says what changed, where, and what to do", () => {
  expect(
    refusal([
      { about: "declared", resource: "ServerMap site-servers", lines: ["+ port 82"] },
      { about: "router", resource: "FwmarkRule site-wan_one-rule", lines: [MISSING] },
    ]).join("\n"),
  ).toBe(`Changed on the router since the review:
  FwmarkRule site-wan_one-rule
    ${MISSING}

Declared otherwise than in the review:
  ServerMap site-servers
    + port 82

Nothing was changed. If the router is to stay as it is now, declare it so. Preview again, and have the new plan reviewed.`);
});
