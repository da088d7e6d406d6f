/** What a drift check says of a preview. */
import { describe, expect, test } from "@jest/globals";
import { isClean, issueOf, reportOfDrift, textOfDrift } from "../../provider/cli/drift/report.ts";
import { planOf, RULE, SERVERS } from "./plans.ts";

const MISSING = "missing: 4001: from all fwmark 0x1 lookup wan_one";
const DRIFTED = { adds: { drift: [MISSING], adds: ["4001: from all fwmark 0x1 lookup wan_one"] } };

describe("the report", () => {
  test("is clean where nothing changes, whatever becomes of the settings, and with other warnings", () => {
    const report = reportOfDrift(planOf({ [RULE]: {} }, { updates: { "multiwan:router": "x" } }), [
      "192.0.2.1: rp_filter",
    ]);
    expect(isClean(report)).toBe(true);
    expect(textOfDrift(report)).toEqual([]);
  });

  test("tells drift in its lines, and what is declared and not applied by its step", () => {
    const report = reportOfDrift(planOf({ [RULE]: DRIFTED, [SERVERS]: { updates: { config: "a\n" } } }), []);
    expect(isClean(report)).toBe(false);
    expect(report).toEqual({
      drift: [{ resource: "FwmarkRule site-wan_one-rule", lines: [MISSING] }],
      pending: [{ resource: "ServerMap site-servers", lines: ["update"] }],
      warnings: [],
    });
    expect(textOfDrift(report).join("\n")).toBe(`Changed on the router since the last run:
  FwmarkRule site-wan_one-rule
    ${MISSING}

Declared, and not applied:
  ServerMap site-servers
    update
`);
  });

  test("tells both of a resource that has both", () => {
    const both = { adds: DRIFTED.adds, updates: { config: "a\n" } };
    const { drift, pending } = reportOfDrift(planOf({ [RULE]: both }), []);
    expect([drift.length, pending.length]).toEqual([1, 1]);
  });

  test("a jump that others have overtaken is drift, though no resource changes", () => {
    const warning = "192.0.2.1: drift: -A PREROUTING -j mw stands behind -A PREROUTING -j DOCKER";
    expect(isClean(reportOfDrift(planOf({ [RULE]: {} }), [warning]))).toBe(false);
  });
});

test("an issue that is longer than the host takes says how many lines are left out, and what prints them", () => {
  const missing = Array.from({ length: 3000 }, (_, i) => `missing: ${i}: from 192.0.2.${i % 250} lookup wan_one`);
  const report = reportOfDrift(planOf({ [RULE]: { adds: { drift: missing } } }), []);
  const text = issueOf("north", report, 65_536);
  expect(text.length).toBeLessThanOrEqual(65_536);
  expect(text.length).toBeGreaterThan(65_000);
  const [, left] = /^(\d+) lines more are left out: .*`multiwan drift --stack north` prints all\.$/m.exec(text)!;
  expect(text.match(/missing: /g)!.length + Number(left)).toBe(3000);
  expect(text).toContain("`pulumi up` mends what is missing");
  expect(issueOf("north", report)).not.toContain("left out");
});

test("a line of the router does not end the fence of the issue", () => {
  const evil = "unexpected: -A INPUT -m comment --comment ```` -j DROP";
  const text = issueOf("north", reportOfDrift(planOf({ [RULE]: { adds: { drift: [evil] } } }), []));
  const fences = text.split("\n").filter((line) => /^`{5}(text)?$/.test(line));
  expect(fences).toEqual(["`````text", "`````"]);
  expect(text).toContain(evil);
});
