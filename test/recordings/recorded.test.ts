/** A slice of what is compared between two revisions: a byte that changed is told by the part that it is in. */
import { expect, test } from "@jest/globals";
import { folderOf, played, textsIn } from "./played.ts";

// After a change that is meant: npm run record -- play --sums --from test/recordings/recorded --out test/recordings/recorded/sums
test("previews, plans, manifests, boot files, scripts and commands are byte for byte as recorded", () => {
  const lines = (texts: ReadonlyMap<string, string>) =>
    Object.fromEntries([...texts].map(([name, text]) => [name, text.split("\n")]));
  const sums = played(folderOf("recorded"), "--sums");
  expect(lines(sums)).toEqual(lines(textsIn(folderOf("recorded/sums"))));
}, 60_000);
