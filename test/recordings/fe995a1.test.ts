/** States, manifests and routers as revision fe995a1 left them, met by the provider as it is, without an `up` before. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { folderOf, played } from "./played.ts";

let texts: ReadonlyMap<string, string>;
beforeAll(() => {
  texts = played(folderOf("fe995a1"));
}, 60_000);

/** The lines of a part of a run. */
function part(name: string, run: string, title: string): string[] {
  const whole = texts.get(`${name}.txt`)!.split(/^##### /m);
  const text = whole.find((one) => one.startsWith(`${run}: `))!;
  return text
    .split(/^--- /m)
    .flatMap((one) => (one.startsWith(`${title}\n`) ? one.trimEnd().split("\n").slice(1) : []));
}

const words = (lines: readonly string[]) => new Set(lines.map((line) => line.trim().split(": ")[1]));

describe.each(["the-write-up", "reply-only", "numbers"])("%s", (name) => {
  test("the preview of the unchanged site changes what is new in this version, and nothing else", () => {
    const changed = part(name, "preview", "operations").filter((line) => !line.endsWith(": same"));
    // Rules that ask the main table for networks inside.
    expect(changed).toEqual(CHANGED[name]!.map((link) => `  ${link}: update`));
    expect(part(name, "preview", "said").join("\n")).not.toMatch(/drift/);
  });

  test("refresh reads no difference", () => {
    const run = texts
      .get(`${name}.txt`)!
      .split(/^##### /m)
      .find((one) => one.startsWith("refresh: "))!;
    const read = run.split("\n").filter((line) => line.startsWith("  read:"));
    expect(read.length).toBeGreaterThan(8);
    expect(new Set(read)).toEqual(new Set(["  read: "]));
  });

  test("destroy takes all lines away and gives back what was found, as the router then showed", () => {
    expect(words(part(name, "destroy", "operations"))).toEqual(new Set(["delete"]));
    expect(part(name, "destroy", "said")).toEqual([]);
    // The provider compares the router behind the change with its plan; the recording has the router as it was before fe995a1 came.
    expect(texts.get(`${name}.txt`)).not.toMatch(/^!!!/m);
  });
});

const CHANGED: Readonly<Record<string, readonly string[]>> = {
  "the-write-up": ["site-wan_one-link", "site-wan_two-link"],
  "reply-only": ["site-server1-via", "site-wan_one-link", "site-wan_two-link"],
  numbers: ["site-wan_one-link", "site-wan_two-link"],
};
