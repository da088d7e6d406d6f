/** Root's shell is mksh, as on Android and on what grew out of MirBSD: it takes `${v#(}` for the beginning of a pattern. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";

let lab: Lab;
let stack: Direct;
beforeAll(async () => {
  lab = await startLab();
  await lab.router.exec("ln -sfn mksh /usr/bin/sh");
  stack = await direct(lab);
});
afterAll(() => lab?.stop());

test("a router whose shell is mksh is read, changed and given back", async () => {
  const before = await lab.router.dump();
  // It keeps here-documents in files, and /tmp has no room for them.
  await lab.router.exec("mount -t tmpfs -o size=64k tmpfs /tmp; cat /dev/zero >/tmp/zero 2>/dev/null; :");
  succeeded(await stack.deploy());
  await lab.router.exec("umount /tmp");
  expect((await stack.preview()).drift).toEqual([]);
  succeeded(await stack.destroy());
  expect(await lab.router.dump()).toBe(before);
});
