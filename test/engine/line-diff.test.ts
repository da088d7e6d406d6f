import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { diffRuns } from "./line-diff.ts";

describe("line diff", () => {
  const lines = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 });
  test("keeps both texts whole", () => {
    fc.assert(
      fc.property(lines, lines, (olds, news) => {
        const runs = diffRuns(olds, news);
        expect(runs.filter(({ kind }) => kind !== "insert").flatMap(({ items }) => items)).toEqual(olds);
        expect(runs.filter(({ kind }) => kind !== "delete").flatMap(({ items }) => items)).toEqual(news);
      }),
    );
  });
  test("finds the one inserted line among many", () => {
    const olds = Array.from({ length: 2000 }, (_, index) => `line ${index}`);
    const runs = diffRuns(olds, olds.toSpliced(1000, 0, "new"));
    expect(runs.map(({ kind, items }) => [kind, items.length])).toEqual([
      ["same", 1000],
      ["insert", 1],
      ["same", 1000],
    ]);
  });
});
