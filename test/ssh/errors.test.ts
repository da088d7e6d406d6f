import { expect, test } from "@jest/globals";
import { printable, RouterError } from "../../provider/ssh/errors.ts";

test("an error is one sentence with what to do and where, then the router's own words", () => {
  const error = new RouterError("no-sudo", {
    router: "r1:2222",
    what: "reading the state",
    why: "sudo asks for a password",
    hint: "Allow it without one",
    setting: "sudo",
    output: "sudo: a password is required\r\n",
  });
  expect(error.message).toBe(
    "r1:2222: reading the state: sudo asks for a password. Allow it without one " +
      "(multiwan:router.sudo in Pulumi.<stack>.yaml).\n  sudo: a password is required",
  );
  expect(error).toMatchObject({
    name: "RouterError",
    kind: "no-sudo",
    router: "r1:2222",
    hint: "Allow it without one",
  });
});

test("an error has no stack beyond its message, and no code that grpc would take for a status", () => {
  const error = new RouterError("timeout", { router: "r1", what: "x", cause: new Error("inner") });
  expect(error.stack).toBe("r1: x.");
  expect(error).not.toHaveProperty("code");
  expect(Object.keys(error)).not.toContain("cause");
  expect(error.cause).toBeInstanceOf(Error);
});

test("text from a router cannot forge what a terminal shows", () => {
  expect(printable("a\u001b[2J\u001b]0;t\u0007b\rc\u009bm\u0000")).toBe("a\\x1b[2J\\x1b]0;t\\x07b\\x0dc\\x9bm\\x00");
  expect(printable("\u202eabc\u200b\u2066\ufeff\u2028\ud800")).toBe(
    "\\u{202e}abc\\u{200b}\\u{2066}\\u{feff}\\u{2028}\\u{d800}",
  );
  expect(printable("tab\there, ünï €𝄞\r\n")).toBe("tab here, ünï €𝄞");
});

test("of long text the last ten lines stay, and of a long line its beginning", () => {
  const text = Array.from({ length: 30 }, (_, i) => `line ${i}`).join("\n");
  expect(printable(text).split("\n")).toEqual(["(20 earlier lines not shown)", ...text.split("\n").slice(-10)]);
  expect(printable("x".repeat(1000))).toBe(`${"x".repeat(300)}... (1000 characters)`);
  expect(printable("")).toBe("");
});
