import { execFileSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import { cksum } from "../../provider/dialects/cksum.ts";

test.each(["", "a", "ip route add default\n", "ä€\u{1f600}".repeat(100), "x".repeat(70_000)])(
  "as cksum(1) has it",
  (text) => {
    expect(cksum(text)).toBe(execFileSync("cksum", { input: text, encoding: "utf8" }).trim());
  },
);
