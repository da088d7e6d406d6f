import { describe, expect, test } from "@jest/globals";
import { objectDiff } from "./object-diff.ts";
import { printDiff } from "./printer.ts";
import type { Properties } from "./values.ts";

const diffText = (old: Properties, next: Properties) => printDiff(objectDiff(old, next)!, 1);

describe("a changed text", () => {
  test("shows two lines around each change", () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
    const text = (list: readonly string[]) => `${list.join("\n")}\n`;
    expect(diffText({ config: text(lines) }, { config: text(lines.toSpliced(10, 1, "new")) })).toBe(
      [
        "  ~ config: ",
        ...["        ...", "        line 8", "        line 9", "      - line 10", "      + new"],
        ...["        line 11", "        line 12", "        ...", ""],
      ].join("\n"),
    );
  });
  test("of one line shows both", () => {
    expect(diffText({ a: "x y" }, { a: "x z" })).toBe('  ~ a: "x y" => "x z"\n');
  });
  test("that is secret stays secret", () => {
    const secret = (value: string): Properties => ({
      p: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value },
      q: value,
    });
    expect(diffText(secret("one"), secret("two"))).toBe('    p: [secret]\n  ~ q: "one" => "two"\n');
  });
});
