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
  // The boot file has here-documents too. What the manifest says of the boot before is not in it.
  const lines = async () =>
    (await lab.router.dump()).replaceAll(/^ +# (format|router|namespace|made|iptables): .*\n/gm, "");
  const applied = await lines();
  await lab.router.exec("iptables -t nat -F mw-site-dnat; mv /run/multiwan/manifest /run/kept; /etc/multiwan/load");
  expect(await lines()).toBe(applied);
  await lab.router.exec("umount /tmp; mv /run/kept /run/multiwan/manifest");
  expect((await stack.preview()).drift).toEqual([]);
  succeeded(await stack.destroy());
  expect(await lab.router.dump()).toBe(before);
});
