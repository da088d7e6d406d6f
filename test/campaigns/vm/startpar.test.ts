import { expect, test } from "@jest/globals";
import { startLab } from "../../lab/index.ts";
import { direct } from "../../rows/direct.ts";
import { succeeded } from "../../rows/helpers.ts";

const STARTERS =
  "ls -d /etc/network/if-up.d/multiwan /etc/network/if-pre-up.d/multiwan /etc/rcS.d/S99multiwan 2>/dev/null || :";

test("no link in /etc/rcS.d where startpar runs only what insserv has registered", async () => {
  await using lab = await startLab({ defaultRoute: "default via 149.99.251.145 dev eth1" });
  await lab.router.exec("rm -rf /run/systemd/system; mkdir -p /etc/rcS.d; echo 'TARGETS =' >/etc/init.d/.depend.boot");
  await using run = await direct(lab);
  succeeded(await run.up());
  expect(await lab.router.exec(STARTERS)).toBe("/etc/network/if-pre-up.d/multiwan\n/etc/network/if-up.d/multiwan\n");
  succeeded(await run.destroy());
  expect(await lab.router.exec(STARTERS)).toBe("");
});

test("neither ifupdown nor systemd, and only registered scripts: refused in the preview", async () => {
  await using lab = await startLab({ defaultRoute: "default via 149.99.251.145 dev eth1" });
  await lab.router.exec(
    "rm -rf /run/systemd/system /etc/network/if-up.d; mkdir -p /etc/rcS.d; echo 'TARGETS =' >/etc/init.d/.depend.boot",
  );
  await using run = await direct(lab);
  const seen = await run.preview();
  expect(seen.code).toBe(1);
  expect(seen.text).toContain("nothing on the router could start");
});

test("asked for by name it is refused with the reason", async () => {
  await using lab = await startLab();
  await lab.router.exec("rm -rf /run/systemd/system; mkdir -p /etc/rcS.d; echo 'TARGETS =' >/etc/init.d/.depend.boot");
  await using run = await direct(lab);
  const boot = (hooks: string[]) => [{ kind: "BootConfig", name: "boot", args: { hooks } } as const];
  run.resources = boot(["ifupdown", "sysvinit"]);
  expect((await run.preview()).failures.boot).toBe(
    "hooks[1]: sysvinit's link in /etc/rcS.d would never run on this router: insserv's startpar runs only scripts that it has registered (/etc/init.d/.depend.boot). Leave hooks out, or say ifupdown",
  );
  run.resources = boot(["ifupdown"]);
  expect((await run.preview()).code).toBe(0);
  await lab.router.exec(": >/etc/init.d/.legacy-bootordering");
  run.resources = boot(["sysvinit"]);
  expect((await run.preview()).code).toBe(0);
});
