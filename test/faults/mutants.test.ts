import { expect, test } from "@jest/globals";
import { misfits } from "./mutations.ts";

test("every mutant of the safety net is one place of its file", () => {
  expect(misfits()).toEqual([]);
});
