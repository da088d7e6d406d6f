import { expect, test } from "@jest/globals";
import { tooOld } from "../../provider/resources/node-version.ts";

test.each(["22.18.0", "22.20.1", "24.0.0", "26.1.0"])("Node %s will do", (version) => {
  expect(tooOld(version)).toBeUndefined();
});

test.each(["18.20.4", "20.20.2", "22.17.1"])("Node %s is refused in one sentence", (version) => {
  expect(tooOld(version)).toBe(
    `pulumi-multiwan needs Node 22.18 or newer, and this is Node ${version}: put a newer one first on PATH.`,
  );
});
