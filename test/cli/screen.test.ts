import { describe, expect, test } from "@jest/globals";
import { parseDuration, units } from "../../provider/cli/numbers.ts";
import { type Screen, screenOn } from "../../provider/cli/screen.ts";

function drawn(draw: (screen: Screen) => void, tty = false, env: Record<string, string> = {}, colour = true): string {
  let text = "";
  const out = { write: (more: string) => (text += more), isTTY: tty, columns: 60 };
  draw(screenOn({ out, err: out, env }, { json: false, colour }));
  return text;
}

const hostile = "eth\x1b[31m0\n\u202e";
const some = (screen: Screen) => {
  screen.line("a ", { text: "red", style: "red" }, { text: hostile, style: "bold" });
  screen.heading(hostile);
  screen.table(["name", "what"], [[{ text: "one", style: "green" }, [hostile, "two"]]]);
  screen.note(`${hostile}line`);
};

describe("colours", () => {
  test("are for terminals", () => {
    expect(drawn(some, true)).toContain("\x1b[31mred\x1b[39m");
    expect(drawn(some)).not.toContain("\x1b");
  });
  test("can be asked for, and away", () => {
    expect(drawn(some, false, { FORCE_COLOR: "1" })).toContain("\x1b[31mred");
    for (const env of [{ NO_COLOR: "1" }, { NO_COLOR: "1", FORCE_COLOR: "1" }, { TERM: "dumb" }])
      expect(drawn(some, true, env)).not.toContain("\x1b");
    expect(drawn(some, true, {}, false)).not.toContain("\x1b");
  });
});

test("what comes from a router cannot draw on the screen, coloured or not", () => {
  for (const tty of [true, false]) {
    const text = drawn(some, tty);
    expect(text.split("eth\\x1b[31m0\\x0a\\u{202e}")).toHaveLength(4);
    // A remark of ours may have lines.
    expect(text).toContain("eth\\x1b[31m0\n\\u{202e}line");
    expect(text).not.toContain("\u202e");
  }
});

test("a table stands in columns, several lines of a cell below each other, the last column wrapped", () => {
  const text = drawn(
    (screen) =>
      screen.table(
        ["name", "addresses", "advice"],
        [["wan_one", ["1.1.1.1", "2.2.2.2"], "some words that do not fit into the width of the terminal"]],
        { wrap: true },
      ),
    true,
    { NO_COLOR: "1" },
  );
  expect(text).toBe(`  name     addresses  advice
  wan_one  1.1.1.1    some words that do not fit into the
           2.2.2.2    width of the terminal
`);
});

test("numbers are short", () => {
  expect([0, 999, 999.6, 1000, 1234, 9949, 9950, 99_499, 999_499, 999_500, 5.6e6, 7.89e12].map(units.count)).toEqual([
    "0",
    "999",
    "1.0k",
    "1.0k",
    "1.2k",
    "9.9k",
    "10k",
    "99k",
    "999k",
    "1.0M",
    "5.6M",
    "7.9T",
  ]);
  expect([0, 0.25, 9.9, 12.4].map(units.rate)).toEqual(["0", "0.3", "9.9", "12"]);
  expect([0, 45.9, 60, 483, 12_000, 1_051_200].map(units.duration)).toEqual([
    "0s",
    "45s",
    "1m",
    "8m 3s",
    "3h 20m",
    "12d 4h",
  ]);
});

test("durations are read as they are written", () => {
  expect(["90", "90s", "10m", "2h"].map(parseDuration)).toEqual([90, 90, 600, 7200]);
  expect(["", "m", "-1", "1.5m", "10 m", "1d"].map(parseDuration)).toEqual(Array(6).fill(undefined));
});
