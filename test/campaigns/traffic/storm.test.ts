/** A slice of `npm run storm`, and the control that shows what it would see. */
import { expect, test } from "@jest/globals";
import { testingAll, thorough } from "../../variants.ts";
import { storm, stormByHand } from "./campaign.ts";
import { CHANGES, MARKINGS } from "./changes.ts";
import { tally } from "./judge.ts";

const named = (name: string) => [...CHANGES, ...MARKINGS].find((change) => change.name === name)!;

test("a hundred new connections a second on each link: none is wrong for life, and none that is held is lost", async () => {
  // The marks move before the default does: whoever kept an old mark would then leave by the wrong link.
  const changes = ["marking reply-only", "mark 17 for wan_one", "the default to wan_two", "a door less"].map(named);
  const more = ["a third link", "table 22 for wan_two", "marking every-packet", "a door more"].map(named);
  const all = testingAll ? [...changes, ...more] : changes;
  const { judged, lost } = await storm({ lab: {}, applies: all.length, perSecond: 100, changes: all });
  expect(lost).toEqual([]);
  expect(tally(judged)).toMatchObject({ "wrong for life": 0, failed: 0 });
  for (const target of ["one", "two", "outgoing"])
    expect(tally(judged.filter((one) => one.target === target)).right).toBeGreaterThan(50);
});

thorough("a router that is typed again by hand, one command after the other, is seen to send some astray", async () => {
  const { judged } = await stormByHand({ lab: {}, applies: 8, perSecond: 100 });
  expect(tally(judged)["wrong for life"]).toBeGreaterThan(0);
  expect(judged.filter(({ target, fate }) => target === "one" && fate !== "right")).toEqual([]);
});
