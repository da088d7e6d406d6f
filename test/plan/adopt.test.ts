/** A line to replace that the router does not have: misspelt, or taken by a run whose memory is lost. */
import { expect, test } from "@jest/globals";
import { parseFragment } from "../../provider/dialects/fragment.ts";
import { lineKey } from "../../provider/dialects/line-key.ts";
import type { Line } from "../../provider/model/line.ts";
import { notThere } from "../../provider/plan/adopt.ts";
import type { Live } from "../../provider/plan/live.ts";

const [listed, own] = parseFragment("903: from all lookup 77\n1024: from all fwmark 0x1 lookup 1") as [Line, Line];
const routerWith = (...lines: Line[]) =>
  ({ has: (line: Line) => lines.some((one) => lineKey(one) === lineKey(line)) }) as Live;

test("what comes in its place is not there: refused", () => {
  const { issues, warnings } = notThere([listed], [own], routerWith(), new Map());
  expect(issues).toEqual([{ path: ["replace"], message: 'the router has no line "903: from all lookup 77"' }]);
  expect(warnings).toEqual([]);
});

test("all that comes in its place is there: an earlier run took it; the next one goes on and says so", () => {
  const { issues, warnings } = notThere([listed], [own], routerWith(own), new Map());
  expect(issues).toEqual([]);
  expect(warnings).toEqual([
    'replace: the router has no line "903: from all lookup 77", and all that comes in its place is there: destroy will not give it back',
  ]);
});

test("it is there, or the manifest knows it: nothing to say", () => {
  expect(notThere([listed], [own], routerWith(listed), new Map()).issues).toEqual([]);
  const manifest = new Map([["p/s/k/n", { lines: [own], found: [listed] }]]);
  expect(notThere([listed], [own], routerWith(), manifest).issues).toEqual([]);
});
