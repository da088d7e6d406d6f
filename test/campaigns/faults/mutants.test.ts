import { expect, test } from "@jest/globals";
import { MUTATIONS } from "./mutants/index.ts";
import { misfits } from "./mutations.ts";
import { routersWith } from "./play.ts";

test("every mutant of the safety net is one place of its file", () => {
  expect(misfits()).toEqual([]);
});

test("what shows a mutant on a random router is lives, or a kind of fault with what its cases are called", () => {
  for (const by of MUTATIONS.flatMap(([, , , , shownBy]) => shownBy)) {
    const [name = "", router] = by.split(" | ");
    expect(name).toMatch(/^(lives|F(?:[1-58]|9|1[0-5])( .+)?)$/);
    expect(() => new RegExp(name)).not.toThrow();
    if (router !== undefined) expect(() => routersWith(router)).not.toThrow();
  }
});
