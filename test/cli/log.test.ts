/** `multiwan log`: rules that end by themselves, and that nobody else sees. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { LoggedPacket } from "../../provider/cli/log/lines.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import type { Direct } from "../rows/direct.ts";
import { DOORS, succeeded } from "../rows/helpers.ts";
import { iptablesVariants, testingAll, thorough } from "../variants.ts";
import { BIN, type Operator, operatorOf } from "./command.ts";
import { deployed } from "./deployed.ts";

const ALL_NETNS = "/proc/sys/net/netfilter/nf_log_all_netns";

/** The kernel logs for network namespaces only when the first of them has allowed it. */
function kernelLogs(): boolean {
  try {
    writeFileSync(ALL_NETNS, "1");
    return true;
  } catch {
    return false;
  }
}
const found = existsSync(ALL_NETNS) ? readFileSync(ALL_NETNS, "utf8") : undefined;
const seen = kernelLogs() ? test : test.skip;

afterAll(() => {
  if (found !== undefined) writeFileSync(ALL_NETNS, found);
});

/** Looks again until it is so: nothing here is timed. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 100));
}

describe.each(iptablesVariants("legacy"))("with iptables-%s", (iptables) => {
  const sh = iptables === "nft" ? "dash" : "busybox";
  let lab: Lab;
  let op: Operator;
  let stack: Direct;
  let empty: string;
  let clean: string;
  const mangle = () => lab.router.exec("iptables-save -t mangle");
  const hasLog = async () => (await mangle()).includes("mw-log.");
  const start = (...argv: string[]) =>
    lab.inNamespace("operator", [process.execPath, BIN, "log", "on", ...argv], {
      cwd: op.dir,
      env: { ...process.env, ...op.env },
      stdio: ["ignore", "pipe", "pipe"],
    });

  beforeAll(async () => {
    lab = await startLab({ iptables, sh });
    await startSite(lab);
    empty = await lab.router.dump();
    stack = await deployed(lab);
    clean = await lab.router.dump();
    op = operatorOf(lab);
  });
  afterAll(async () => {
    op?.[Symbol.dispose]();
    await lab?.stop();
  });
  beforeEach(async () => {
    await op.multiwan("log", "off");
    expect(await lab.router.dump()).toBe(clean);
  });

  test("the rules stand before all others, match the flow alone, and go without a trace", async () => {
    const { logging, seconds, prefix } = await op.json<{ logging: string; seconds: number; prefix: string }>(
      ..."log on tcp to 216.111.1.11:1494 --for 5m --detach".split(" "),
    );
    expect([logging, seconds]).toEqual(["tcp anywhere -> 216.111.1.11:1494", 300]);
    const rules = (await mangle()).split("\n");
    for (const hook of ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"])
      expect(rules.find((rule) => rule.startsWith(`-A ${hook} `))).toBe(`-A ${hook} -j mw-log.${hook.toLowerCase()}`);
    expect(rules.filter((rule) => rule.includes(`"${prefix} forward "`))).toHaveLength(1);
    const packets = async () => {
      const list = await lab.router.exec("iptables -t mangle -nvxL mw-log.forward");
      return Number(/^ *(\d+) .*RETURN/m.exec(list)?.[1]);
    };
    await lab.connect(DOORS.one);
    expect(await packets()).toBe(0);
    await lab.connect(DOORS.two);
    expect(await packets()).toBeGreaterThan(4);
    expect(await op.json("log", "off")).toMatchObject({ ended: true, flow: logging, exitCode: 0 });
    expect(await lab.router.dump()).toBe(clean);
    expect((await op.multiwan("log", "off")).stdout).toBe("nothing is logged\n");
  });

  test("they end by themselves although the operator was killed", async () => {
    const child = start("host", "server1", "--for", "2");
    const ended = new Promise((resolve) => child.once("close", resolve));
    await until(hasLog);
    child.kill("SIGKILL");
    await ended;
    await until(async () => !(await hasLog()));
    await until(async () => (await lab.router.dump()) === clean);
  });

  thorough("if the watcher was killed as well, the next log finds and ends them", async () => {
    await op.multiwan(..."log on udp --for 1 --detach".split(" "));
    await lab.router.exec('kill -9 "$(cat /run/multiwan/log/alive)"');
    await until(async () => {
      const { code } = await op.multiwan(..."log on icmp --for 60 --detach".split(" "));
      return code === 0;
    });
    expect(await mangle()).toContain("--ctproto 1 ");
    expect(await mangle()).not.toContain("--ctproto 17 ");
  });

  thorough("rules whose folder is gone are ended all the same", async () => {
    await op.multiwan(..."log on udp --detach".split(" "));
    await lab.router.exec("rm -rf /run/multiwan/log; iptables -t mangle -D INPUT -j mw-log.input");
    expect((await op.multiwan("log", "off")).stdout).toBe("ended\n");
  });

  test("a second log is refused, with the name of the first", async () => {
    await op.multiwan(..."log on host server1 --detach".split(" "));
    const { code, stderr } = await op.multiwan(..."log on udp --detach".split(" "));
    expect(code).toBe(4);
    expect(stderr).toMatch(
      /another log is running: host server1, of \S+@\S+\. It ends by itself in \d+ seconds; `multiwan log off`/,
    );
  });

  test("while somebody changes the router nothing is logged", async () => {
    const boot = "$(cat /proc/sys/kernel/random/boot_id)";
    const later = "$(($(cut -d. -f1 /proc/uptime) + 60))";
    await lab.router.exec(`printf '%s %s %s\\n%s\\n' ab "${later}" "${boot}" anna@laptop >/run/multiwan/lock`);
    const { code, stderr } = await op.multiwan(..."log on udp --detach".split(" "));
    await lab.router.exec("rm /run/multiwan/lock");
    expect(code).toBe(4);
    expect(stderr).toContain("somebody is changing this router: anna@laptop. Wait until it has ended");
    expect(await hasLog()).toBe(false);
  });

  test("the provider sees no drift and no collision; a change ends the log and puts its lines where they belong", async () => {
    await op.multiwan(..."log on udp --detach".split(" "));
    const preview = await stack.preview();
    succeeded(preview);
    expect(new Set(Object.values(preview.ops))).toEqual(new Set(["same"]));
    expect(await hasLog()).toBe(true);
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(empty);
    // Places in a chain are counted without the log, which is gone when they are taken.
    await op.multiwan(..."log on udp --detach".split(" "));
    await stack.deploy();
    expect(await hasLog()).toBe(false);
    const chainOf = (rule: string) => rule.trim().split(" ")[1]!;
    const rules = (dump: string) =>
      dump
        .split("\n")
        .filter((line) => /^\s*-A /.test(line))
        .sort((a, b) => chainOf(a).localeCompare(chainOf(b)));
    const after = await lab.router.dump();
    expect(rules(after)).toEqual(rules(clean));
    clean = after;
  });

  seen("the packets are told with the names of the links, and Ctrl-C ends it", async () => {
    const child = start("tcp", "from", "203.0.113.10", "to", "216.111.1.11", "--json");
    let text = "";
    child.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    await until(hasLog);
    const packets = () =>
      text
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as LoggedPacket);
    await until(async () => {
      // Another run of this test may have set it back.
      kernelLogs();
      await lab.connect(DOORS.two);
      return packets().length > 3;
    });
    child.kill("SIGINT");
    expect(await ended).toBe(0);
    expect(await lab.router.dump()).toBe(clean);
    const [first] = packets();
    expect(first).toMatchObject({
      hook: "prerouting",
      in: "eth2",
      destination: "216.111.1.11",
      flags: ["SYN"],
      mark: null,
    });
    const reply = packets().find(({ hook, source }) => hook === "forward" && source === "172.16.1.131");
    expect(reply).toMatchObject({ in: "eth0", out: "eth2", mark: "0x2", sourcePort: 1494 });
  });

  if (testingAll)
    seen("for people too", async () => {
      const child = start("tcp", "to", "216.111.1.11");
      let text = "";
      child.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      const ended = new Promise((resolve) => child.once("close", resolve));
      await until(hasLog);
      await until(async () => {
        kernelLogs();
        await lab.connect(DOORS.two);
        return text.includes("postrouting");
      });
      child.kill("SIGTERM");
      expect(await ended).toBe(0);
      expect(text).toMatch(
        /^ *\d+\.\d{3} {2}forward {5}eth2 \(wan_two\) {2}-> eth0 {13}tcp 203\.0\.113\.10:\d+ -> 172\.16\.1\.131:1494 .*mark 0x2 \(wan_two\)$/m,
      );
      expect(text).not.toContain("\x1b");
    });
});

test("who may only look cannot log", async () => {
  await using lab = await startLab();
  using op = operatorOf(lab);
  op.write({ "multiwan:router": { ...op.router, readOnly: true } });
  const { code, stderr } = await op.multiwan("log", "on", "udp");
  expect([code, stderr]).toEqual([4, expect.stringContaining("these settings may only look at it")]);
  expect(await lab.router.handshakes()).toBe(0);
});
