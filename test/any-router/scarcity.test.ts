/**
 * The router's own rollback where processes are scarce, or where nobody is left to do it. The operator is cut off as soon as the
 * change is there; what happens then happens on the router alone.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Operator } from "../campaigns/faults/operator.ts";
import { controlGroup } from "../lab/control-group.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct } from "../rows/direct.ts";
import { testingAll, variants } from "../variants.ts";

const rule = (name: string, priority: number) => ({
  ...{ kind: "FwmarkRule" as const, name, dependsOn: [] },
  args: { mark: priority, mask: 0xffff, table: 77, priority },
});
const CONFIRM = 3;
const DROP = (how: "A" | "D") =>
  `iptables -t raw -${how} PREROUTING -i eth3 -j DROP; iptables -t raw -${how} OUTPUT -o eth3 -j DROP`;

describe.each(variants([false, true], false))("busybox: %s", (busybox) => {
  let lab: Lab;
  let stack: Direct;
  let dump: string;
  beforeAll(async () => {
    lab = await startLab({ iptables: "legacy", busybox });
    stack = await direct(lab);
    stack.router = { ...stack.router, confirmTimeout: CONFIRM, connectTimeout: 3, keepAlive: 1 };
    stack.resources = [rule("first", 900)];
    await stack.deploy();
    dump = await lab.router.dump();
  });
  afterAll(() => lab?.stop());

  const there = async (priority: number) => (await lab.router.exec("ip rule show")).includes(`${priority}:`);
  const gone = async (priority: number, seconds: number) => {
    for (const until = performance.now() + seconds * 1000; performance.now() < until; await sleep(200))
      if (!(await there(priority))) return true;
    return false;
  };
  /** Begins a change that adds a rule, and cuts the line as soon as it is there. */
  const cutOff = async (priority: number) => {
    stack.resources = [rule("first", 900), rule("cut", priority)];
    const run = stack.up();
    await lab.router.exec(`until ip rule show | grep -q '^${priority}:'; do sleep 0.01; done; ${DROP("A")}`);
    return run;
  };
  const restored = async () => {
    for (let i = 0; i < 50 && (await lab.router.exec("ls /run/multiwan")).includes("tx."); i++) await sleep(100);
    expect((await lab.router.dump()).replace(/\/run\/multiwan\/reverted .*\n.*\n/, "")).toBe(dump);
  };
  const processes = () => {
    const group = controlGroup(lab, "pids", () => [["pids.max", "0"]]);
    if (!group) throw new Error("no control group that limits processes");
    return group;
  };

  const scarce: readonly (readonly [what: string, priority: number, ms: number])[] = [
    ["no process can be had for 2.5 seconds", 910, 2500],
    ["no process can be had until some seconds after the deadline", 911, CONFIRM * 1000 + 2000],
  ];
  test.each(testingAll ? scarce : scarce.slice(1))(
    "%s: the router rolls back all the same",
    async (_, priority, ms) => {
      const run = cutOff(priority);
      for (let i = 0; i < 400 && !(await there(priority)); i++) await sleep(20);
      const group = processes();
      await sleep(ms);
      expect(await there(priority)).toBe(true);
      group.leave();
      const rolledBack = await gone(priority, CONFIRM + 20);
      await lab.router.exec(DROP("D"));
      expect(rolledBack).toBe(true);
      expect((await run).failures.cut).toMatch(/was not confirmed within 3 seconds, so the router has rolled it back/);
      await restored();
    },
  );

  const KILL = "cd /run/multiwan/tx.*; kill -9 $(cat alive.1 alive.2)";

  test("both watchers are killed: the operator who comes back after the deadline rolls back himself", async () => {
    const run = cutOff(912);
    for (let i = 0; i < 400 && !(await there(912)); i++) await sleep(20);
    await sleep(500);
    await lab.router.exec(KILL);
    await sleep((CONFIRM + 1) * 1000);
    expect(await there(912)).toBe(true);
    await lab.router.exec(DROP("D"));
    expect(await gone(912, 20)).toBe(true);
    expect((await run).failures.cut).toMatch(/was not confirmed within 3 seconds/);
    await restored();
  });

  test("nobody comes back: a preview says so, and the next up rolls back before it changes anything", async () => {
    const { host, port, keyFile, hostKey } = lab.router.ssh;
    const router = { host, port, privateKeyFile: keyFile, hostKey, confirmTimeout: CONFIRM };
    const operator = new Operator(lab);
    const resources = [rule("left", 913)];
    await (await operator.run({ resources, router, apply: true, at: "begin-answered", act: "die" })).done;
    await lab.router.exec(KILL);
    await sleep((CONFIRM + 6) * 1000);
    expect(await there(913)).toBe(true);
    const preview = await (await operator.run({ resources: [rule("next", 914)], router, apply: false })).done;
    expect(preview!.warned.join()).toMatch(
      /a change that \S+ began was not confirmed, .* The next up rolls it back first/,
    );
    expect(await there(913)).toBe(true);
    const up = await (await operator.run({ resources: [rule("next", 914)], router, apply: true })).done;
    expect(up!.failures).toEqual({});
    expect(await there(913)).toBe(false);
    await (await operator.run({ resources: [], router, apply: true })).done;
    await operator.kill();
    await restored();
  });
});
