import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { iptablesVariants } from "../variants.ts";
import { type Direct, direct } from "./direct.ts";
import { DOORS, succeeded, through } from "./helpers.ts";

describe.each(iptablesVariants("legacy"))("a step that fails on the router, iptables %s", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  beforeAll(async () => {
    lab = await startLab({ iptables });
    await startSite(lab);
    stack = await direct(lab);
    // Everything in one transaction: what came before the failing step and what would have come behind it.
    stack.inOrder = false;
  });
  afterAll(() => lab?.stop());

  /** A program of that name which fails when it is called so, and else is the real one. */
  const shim = (tool: string, when: string, says: string) =>
    lab.router.exec(`
      real=$(command -v ${tool}); mkdir -p /usr/local/sbin
      cat >/usr/local/sbin/${tool} <<END
#!/bin/sh
case "\\$*" in ${when}) echo "${says}" >&2; exit 4;; esac
exec -a ${tool} $real "\\$@"
END
      sed -i "s/exec -a ${tool} /exec /" /usr/local/sbin/${tool}; chmod 755 /usr/local/sbin/${tool}`);
  const heal = (tool: string) => lab.router.exec(`rm /usr/local/sbin/${tool}`);

  test("the one to blame gets the command and what it said, the others that they were rolled back with it", async () => {
    await shim("ip", `*"route add 172.16.1.0/24"*"table 2"*`, "RTNETLINK answers: Out of luck");
    const before = await lab.router.dump();
    const { code, failures } = await stack.up();
    expect(code).toBe(1);
    expect(failures["site-wan_two-table"]).toMatch(
      /^127\.0\.0\.1:\d+: ip route add 172\.16\.1\.0\/24 dev eth0 table 2 scope link: exit code 4\. Everything before it was rolled back\.\n {2}RTNETLINK answers: Out of luck$/,
    );
    const rest = /^127\.0\.0\.1:\d+: not applied: rolled back with RoutingTable site-wan_two-table\.$/;
    for (const name of ["site-wan_one-link", "site-wan_two-link", "site-wan_one-table", "site-marks"])
      expect(failures[name]).toMatch(rest);
    expect(await lab.router.dump()).toBe(before);
    await heal("ip");
  });

  test("what iptables refuses when it is tried dry has changed nothing at all", async () => {
    await shim("iptables-restore", "*--test*", "iptables-restore: line 3 failed");
    const before = await lab.router.dump();
    const watch = await lab.router.watchWrites();
    const { failures } = await stack.up();
    const announced = await watch.stop();
    expect(failures["site-marks"]).toMatch(
      /iptables-restore --noflush \(mangle\): refused when tried dry, exit code 4\. Nothing was changed\.\n {2}iptables-restore: line 3 failed$/,
    );
    expect(announced).toEqual([]);
    expect(await lab.router.dump()).toBe(before);
    await heal("iptables-restore");
  });

  test("a restore that fails for real takes the tables and addresses before it along", async () => {
    await shim("iptables-restore", "*--test*) ;; *--noflush*", "iptables-restore: unable to initialize table");
    const before = await lab.router.dump();
    const { failures } = await stack.up();
    expect(failures["site-marks"]).toMatch(
      /exit code 4\. Everything before it was rolled back\.\n {2}iptables-restore: /,
    );
    expect(await lab.router.dump()).toBe(before);
    await heal("iptables-restore");
  });

  test("once it works the same up goes through, and a failed update leaves the doors open", async () => {
    succeeded(await stack.up());
    await shim("ip", `*"route replace default via 66.119.160.1 dev eth2"`, "no");
    const before = await lab.router.dump();
    stack.site = { ...stack.site, default: "wan_two" };
    expect((await stack.up()).code).toBe(1);
    expect(await lab.router.dump()).toBe(before);
    expect(await lab.connect(DOORS.two)).toMatchObject(through("isp2"));
    await heal("ip");
    succeeded(await stack.up());
  });
});
