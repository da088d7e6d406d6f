import { expect, test } from "@jest/globals";
import { confirmSeconds } from "../../provider/guard/deadline.ts";
import type { Step } from "../../provider/plan/step.ts";

const step: Step = { phase: 1, owners: [], what: "ip rule add", run: ":", undo: ":" };
const steps = (files: number, others: number) => ({
  steps: [...Array<Step>(files).fill({ ...step, disk: true }), ...Array<Step>(others).fill(step)],
});

test("a quick router gets a minute, whatever the change", () => {
  expect(confirmSeconds(150, steps(6, 20))).toBe(60);
});

test("the slow router of docs/slow-router.md gets twice what its first change took", () => {
  expect(confirmSeconds(1500, steps(6, 2))).toBe(60);
  expect(confirmSeconds(4500, steps(6, 2))).toBe(167);
});

test("nobody waits longer than ten minutes", () => {
  expect(confirmSeconds(30_000, steps(6, 20))).toBe(600);
});
