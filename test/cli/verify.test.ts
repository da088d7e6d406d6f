/** `multiwan verify` and `multiwan explain` against a router with a site on it, whole and with foreign rules that break it. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { ExplainedLeg } from "../../provider/cli/explain/model.ts";
import type { Report } from "../../provider/cli/verify/model.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { iptablesVariants } from "../variants.ts";
import { type Operator, operatorOf } from "./command.ts";
import { deployed } from "./deployed.ts";

type Explained = { declared: ExplainedLeg[]; live: ExplainedLeg[] | null; same: boolean; symmetric: boolean | null };

describe.each(iptablesVariants("legacy"))("with iptables-%s", (iptables) => {
  let lab: Lab;
  let op: Operator;
  beforeAll(async () => {
    lab = await startLab({ iptables });
    await startSite(lab);
    await deployed(lab);
    op = operatorOf(lab);
  });
  afterAll(async () => {
    op?.[Symbol.dispose]();
    await lab?.stop();
  });

  test("the proof holds, with the lab's foreign rules; one login, and nothing is changed", async () => {
    const dump = await lab.router.dump();
    const logins = await lab.router.handshakes();
    const report = await op.json<Report>("verify");
    expect(report).toMatchObject({ exitCode: 0, broken: [], unsure: [] });
    expect(report.counts.yes).toBeGreaterThan(60);
    expect(await lab.router.handshakes()).toBe(logins + 1);
    expect(await lab.router.dump()).toBe(dump);
  });

  test("a foreign rule that takes the marks off is told with the packet that shows it, and exit code 1", async () => {
    await lab.router.exec("ip rule add from all fwmark 0x2 lookup main priority 900");
    try {
      const { code, stdout } = await op.multiwan("verify");
      expect(code).toBe(1);
      expect(stdout).toContain("900: from all fwmark 0x2 lookup main");
      expect(stdout).toMatch(/instead of leaving by wan_two \(via 66\.119\.160\.1 dev eth2\)/);
      const explained = await op.multiwan("explain", "tcp", "to", "216.111.1.11:1494");
      expect(explained.code).toBe(1);
      expect(explained.stdout).toMatch(/> ip rule +900: from all fwmark 0x2 lookup main/);
      expect(explained.stdout).toContain("the reply does not go back where the packet came in");
    } finally {
      await lab.router.exec("ip rule del priority 900");
    }
  });

  test("explain says which rule, mark, table, route and translation a packet and its reply get", async () => {
    const { exitCode, declared, live, same, symmetric } = await op.json<Explained>(
      "explain",
      "tcp",
      "to",
      "216.111.1.11:1494",
    );
    expect({ exitCode, symmetric }).toEqual({ exitCode: 0, symmetric: true });
    const [request, answer, next] = live!;
    expect(request).toMatchObject({ in: "eth2", end: "sent", out: { device: "eth0", nextHop: "172.16.1.131" } });
    expect(answer).toMatchObject({ in: "eth0", end: "sent", out: { device: "eth2", nextHop: "66.119.160.1" } });
    expect(answer!.steps.map(({ text }) => text)).toContain("1025: from all fwmark 0x2 lookup wan_two");
    expect(next!.result).toBe(request!.result);
    expect(declared.map(({ result }) => result)).toEqual(live!.map(({ result }) => result));
    expect(typeof same).toBe("boolean");
  });

  test("what the model says of a packet is what the kernel does with it", async () => {
    const probe = await lab.connect({ from: "internet", to: "216.111.1.11", port: 1494 });
    expect(probe).toMatchObject({ completed: true, inbound: "isp2", outbound: "isp2" });
  });

  test("explain --declared asks no router", async () => {
    const logins = await lab.router.handshakes();
    const { exitCode, live } = await op.json<Explained>("explain", "--declared", "icmp", "to", "123.234.1.10");
    expect({ exitCode, live }).toEqual({ exitCode: 0, live: null });
    expect(await lab.router.handshakes()).toBe(logins);
  });

  test("a packet that is not clear is refused with what is missing", async () => {
    const { code, stderr } = await op.multiwan("explain", "tcp", "to", "123.234.1.11");
    expect(code).toBe(2);
    expect(stderr).toContain("say the port: tcp to 123.234.1.11:80");
  });
});
