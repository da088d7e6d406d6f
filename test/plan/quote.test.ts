import { spawnSync } from "node:child_process";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { command, quote } from "../../provider/dialects/quote.ts";

test("a word is quoted where a shell would see more in it, and only there", () => {
  expect(["eth0.100", "0x1/0xff", "10.0.0.0/8"].map(quote)).toEqual(["eth0.100", "0x1/0xff", "10.0.0.0/8"]);
  expect(["", "a b", "it's", "$HOME", "~", "*", "a\nb", "é"].map(quote)).toEqual([
    ...["''", "'a b'", "'it'\\''s'", "'$HOME'", "'~'", "'*'", "'a\nb'", "'é'"],
  ]);
  expect(command("ip", "rule", "add", "pref", 1024, "a;reboot")).toBe("ip rule add pref 1024 'a;reboot'");
  expect(() => quote("a\0b")).toThrow("a value with a NUL character cannot be passed to a shell");
});

/** Strings of anything, with many of the characters that mean something to a shell. */
const strings = fc
  .sample(
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 30 }),
      fc.string({ unit: fc.constantFrom(..."'\"\\$`!*?[]{}()<>|&;#~ \t\n\r=%+-ab"), maxLength: 20 }),
      fc.constantFrom("-n", "-e", "\\n", "\n", "'", "''", "\\", "$(id)", "`id`", "!!", "\u0001"),
    ),
    { numRuns: 2000, seed: 1 },
  )
  .map((text) => text.replaceAll("\0", "").toWellFormed());

describe.each([["dash"], ["bash"], ["bash", "--posix"], ["busybox", "sh"]])("%s %s", (shell, ...args) => {
  test("gives back 2,000 strings as they were", () => {
    const script = strings.map((text) => `printf '%s\\001\\002' ${quote(text)}\n`).join("");
    const { stdout, status } = spawnSync(shell, args, { input: script, env: { PATH: process.env.PATH, LC_ALL: "C" } });
    expect(status).toBe(0);
    expect(stdout.toString().split("\u0001\u0002").slice(0, -1)).toEqual(strings);
  });
});
