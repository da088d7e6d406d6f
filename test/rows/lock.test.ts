import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct, type Resource } from "./direct.ts";
import { succeeded } from "./helpers.ts";

const rule = (priority: number): Resource => ({
  kind: "FwmarkRule",
  name: `rule-${priority}`,
  args: { mark: priority, mask: 0xffff, table: 77, priority },
});

describe("one change at a time", () => {
  let lab: Lab;
  let stack: Direct;
  let before: string;
  beforeAll(async () => {
    lab = await startLab();
    stack = await direct(lab);
    before = await lab.router.dump();
  });
  afterAll(() => lab?.stop());

  const lock = (seconds: number, boot = "$(cat /proc/sys/kernel/random/boot_id)") =>
    lab.router.exec(`
      mkdir -m 700 -p /run/multiwan; read up _ </proc/uptime
      printf '%s %s %s\\n%s\\n' 0011223344556677 $((\${up%%.*} + ${seconds})) "${boot}" anna@laptop >/run/multiwan/lock`);

  test("who comes second is told who is at work, and until when at the latest", async () => {
    await lock(500);
    stack.resources = [rule(900)];
    const { failures, text } = await stack.up();
    expect(text).toMatch(/anna@laptop is changing this router, .* may be half of that change/);
    expect(failures["rule-900"]).toMatch(
      /^127\.0\.0\.1:\d+: another run is changing this router: anna@laptop\. Wait until it has ended, in 4\d\d seconds at the latest, and run again\.$/,
    );
    expect(await lab.router.exec("ip rule show")).not.toContain("900:");
    await lab.router.exec("rm -r /run/multiwan");
    expect(await lab.router.dump()).toBe(before);
  });

  test("a router in the middle of somebody's change is read when that has ended", async () => {
    await lock(500);
    const ends = lab.router.exec("sleep 3; rm -r /run/multiwan; ip rule add pref 901 from 192.0.2.5 lookup 77");
    stack.resources = [rule(900), rule(901)];
    const { failures } = await stack.up();
    await ends;
    // It was not read before that was there.
    expect(failures["rule-901"]).toMatch(/901/);
    await lab.router.exec("ip rule del pref 901");
    expect(await lab.router.dump()).toBe(before);
  });

  test.each([
    ["whose time is over", -1, undefined],
    ["of another boot", 500, "another-boot"],
  ])("a lock %s was left behind by a dead run, and holds nobody up", async (_, seconds, boot) => {
    await lock(seconds, boot);
    stack.resources = [rule(900)];
    succeeded(await stack.up());
    expect(await lab.router.exec("ls /run/multiwan")).toBe("manifest\n");
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(before);
  });

  test("a change that a dead run never confirmed is taken back before the next one", async () => {
    await lock(-1);
    const dir = "/run/multiwan/tx.0011223344556677";
    await lab.router.exec(`
      mkdir ${dir}; ip rule add pref 905 from 192.0.2.5 lookup 77
      echo 'ip rule del pref 905' >${dir}/undo.sh`);
    stack.resources = [rule(900)];
    const run = await stack.up();
    succeeded(run);
    expect(await lab.router.exec("ip rule show")).not.toContain("905:");
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(before);
  });
});
