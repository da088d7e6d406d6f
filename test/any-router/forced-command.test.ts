/** A key that is held to a forced command: the login cannot say by which address it came in, and the preview knows it all the same. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { LAN, type Lab, MANAGEMENT, startLab } from "../lab/index.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { variants } from "../variants.ts";

const map = (address: string): Resource => ({
  kind: "ServerMap",
  name: "doors",
  args: { map: "doors", entries: [{ address, port: 22, server: LAN.server1 }] },
});

describe.each(variants(["dash", "busybox"] as const, "busybox"))("a router with %s", (sh) => {
  let lab: Lab;
  let stack: Direct;
  beforeAll(async () => {
    // As sudo does it: the shell has lost what the process above it knows.
    const sshdConfig = ["ForceCommand :; env -u SSH_CONNECTION /bin/sh; :"];
    lab = await startLab({ foreign: false, sh, busybox: sh === "busybox", sshdConfig });
    stack = await direct(lab);
  });
  afterAll(() => lab?.stop());

  test("what captures the way in is refused in the preview", async () => {
    stack.resources = [map(MANAGEMENT.router)];
    expect((await stack.preview()).failures.doors).toMatch(/entries\[0\]: .*the operator would be locked out/);
  });

  test("another address is not", async () => {
    stack.resources = [map(LAN.router)];
    expect(await stack.preview()).toMatchObject({ code: 0, failures: {} });
  });
});
