import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { lineDifference, linesWithout } from "../../provider/model/line-difference.ts";

const signed = (before: string, after: string, most?: number) =>
  lineDifference([...before], [...after], most)
    .map(({ sign, text }) => sign + text)
    .join(" ");

test("the lines that go and come: none twice, in their order", () => {
  expect(signed("abc", "axc")).toBe("-b +x");
  expect(signed("ab", "ba")).toBe("-a +a");
  expect([signed("", "ab"), signed("ab", ""), signed("ab", "ab")]).toEqual(["+a +b", "-a -b", ""]);
});

test("it makes the one text of the other, and is no longer than it has to be", () => {
  const texts = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 8 });
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const changes = lineDifference(before, after);
      const kept = (lines: readonly string[], sign: string) =>
        changes
          .filter((change) => change.sign === sign)
          .reduce((left, { text }) => left.toSpliced(left.indexOf(text), 1), [...lines]);
      expect(kept(before, "-").sort()).toEqual(kept(after, "+").sort());
      expect(changes).toHaveLength(before.length + after.length - 2 * longestCommon(before, after));
    }),
  );
});

/** By its definition, of short lists. */
function longestCommon(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  if (a[0] === b[0]) return 1 + longestCommon(a.slice(1), b.slice(1));
  return Math.max(longestCommon(a.slice(1), b), longestCommon(a, b.slice(1)));
}

test("of more pairs than may be compared, lines that only move are not told", () => {
  const many = Array.from({ length: 3000 }, (_, i) => `line ${i}`);
  expect(lineDifference(many, [...many.toReversed(), "new"], 4_000_000)).toEqual([{ sign: "+", text: "new" }]);
  expect(signed("abc", "cba", 8)).toBe("");
  expect(signed("abc", "cba", 9)).toBe("-a -b +b +a");
});

test("lines that another list lacks, each as often as it lacks it", () => {
  expect(linesWithout(["a", "b", "a", "c", "a"], ["a", "c"])).toEqual(["b", "a", "a"]);
  expect(linesWithout(["a"], ["a", "a"])).toEqual([]);
});
