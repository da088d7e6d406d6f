/** `multiwan show` against a router with a site on it. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { View } from "../../provider/cli/show/model.ts";
import { withRates } from "../../provider/cli/show/rates.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { DOORS } from "../rows/helpers.ts";
import { iptablesVariants } from "../variants.ts";
import { BIN, type Operator, operatorOf } from "./command.ts";
import { deployed } from "./deployed.ts";

describe.each(iptablesVariants("nft"))("with iptables-%s", (iptables) => {
  const sh = iptables === "nft" ? "dash" : "busybox";
  let lab: Lab;
  let op: Operator;
  beforeAll(async () => {
    lab = await startLab({ iptables, sh });
    await startSite(lab);
    await deployed(lab);
    op = operatorOf(lab);
  });
  afterAll(async () => {
    op?.[Symbol.dispose]();
    await lab?.stop();
  });

  test("shows the links, what is ours and how much of it was used; one login, and nothing is changed", async () => {
    const dump = await lab.router.dump();
    const logins = await lab.router.handshakes();
    await lab.connect(DOORS.two);
    const view = await op.json<View>("show");
    expect(await lab.router.handshakes()).toBe(logins + 1);
    expect(await lab.router.dump()).toBe(dump);
    expect(view).toMatchObject({
      ...{ exitCode: 0, stack: "lab", router: "192.168.99.1", counters: true, drift: [] },
      links: [
        { name: "wan_one", device: "eth1", gateway: "149.99.251.145", mark: "0x1/0xffffffff", table: 1, default: true },
        { name: "wan_two", device: "eth2", state: "up", gatewayAnswers: true, table: 2, default: false },
      ],
    });
    expect(view.links[1]!.rxBytes).toBeGreaterThan(100);
    expect(view.links[1]!.addresses).toContain("216.111.1.11/32");
    expect(view.rules).toContainEqual({
      text: "1024: from all fwmark 0x1 lookup wan_one",
      owner: "FwmarkRule site-wan_one-rule",
    });
    expect(view.rules).toContainEqual({ text: "500: from 10.99.0.0/16 lookup foreign_vpn", owner: null });
    expect(view.tables.map(({ id, name }) => [id, name])).toEqual([
      [1, "wan_one"],
      [2, "wan_two"],
      [77, "foreign_vpn"],
      [254, "main"],
    ]);
    const dnat = view.chains.find((chain) => chain.chain === "mw-site-dnat")!;
    const door = dnat.rules.find((rule) => rule.text.includes("216.111.1.11"))!;
    expect(door).toMatchObject({ packets: 1, owner: "ServerMap site-servers" });
    expect(door.number).toBe(dnat.rules.indexOf(door) + 1);
    const hooks = view.chains.find(({ table, chain }) => table === "mangle" && chain === "PREROUTING")!;
    expect(hooks.rules.map(({ number, owner }) => [number, owner])).toEqual([
      [1, "ConnmarkChain site-marks"],
      [2, null],
    ]);
  });

  test("rates are what has passed between two looks", async () => {
    const before = await op.json<View>("show");
    await lab.connect(DOORS.two);
    const after = await op.json<View>("show");
    const view = withRates(after, before);
    const seconds = after.uptime - before.uptime;
    const link = view.links[1]!;
    expect(link.rxRate! * seconds).toBeCloseTo(after.links[1]!.rxBytes - before.links[1]!.rxBytes, 3);
    expect(link.rxRate).toBeGreaterThan(0);
    const rule = view.chains
      .find((c) => c.chain === "mw-site-dnat")!
      .rules.find((r) => r.text.includes("216.111.1.11"));
    expect(rule!.rate!.packets * seconds).toBeCloseTo(1, 3);
  });

  test("for people: ours alone, others on --all; no escape sequences into a file", async () => {
    const { stdout, code } = await op.multiwan("show");
    expect(code).toBe(0);
    expect(stdout).toContain("wan_one (default)");
    expect(stdout).toMatch(/^ {2}1024: from all fwmark 0x1 lookup wan_one {2,}FwmarkRule site-wan_one-rule$/m);
    expect(stdout).toContain("Chain mw-site-mark (mangle): ConnmarkChain site-marks");
    expect(stdout).not.toContain("10.99.0.0/16");
    expect(stdout).not.toContain("\x1b");
    const all = await op.multiwan("show", "--all");
    expect(all.stdout).toContain("500: from 10.99.0.0/16 lookup foreign_vpn");
  });

  test("a link that is down, a line that is gone", async () => {
    await lab.router.exec("ip rule del pref 1025");
    const rule = "1025: from all fwmark 0x2 lookup wan_two";
    const view = await op.json<View>("show");
    expect(view.drift).toEqual([`missing: ${rule}`]);
    expect((await op.multiwan("show")).stdout).toContain(`Not as the last run left it\n  missing: ${rule}`);
    await lab.router.exec("ip rule add pref 1025 fwmark 2 lookup 2; ip link set eth2 down");
    expect((await op.json<View>("show")).links[1]).toMatchObject({ name: "wan_two", state: "down" });
    await lab.router.exec("ip link set eth2 up");
  });

  test("without a site in the stack file the links come from the lines that are ours", async () => {
    const view = await op.json<View>("show");
    op.write({ "multiwan:router": op.router });
    const { exitCode, uptime: _, ...bare } = await op.json<View>("show");
    expect(exitCode).toBe(0);
    expect(bare.links.map(({ name, device, gateway, mark, table }) => [name, device, gateway, mark, table])).toEqual(
      view.links.map(({ name, device, gateway, mark, table }) => [name, device, gateway, mark, table]),
    );
  });

  test("a device with a hostile name draws nothing", async () => {
    await lab.router.exec(`ip link add "$(printf 'e\\033[31m')" type veth peer name other`);
    await lab.router.exec(`iptables -t filter -A FORWARD -i "$(printf 'e\\033[31m')" -j ACCEPT`);
    const { stdout, stderr } = await op.multiwan("show", "--all");
    expect(stdout + stderr).not.toContain("\x1b");
    expect(stdout).toMatch(/-i "?e\\x1b\[31m/);
    await lab.router.exec(`iptables -t filter -F FORWARD; ip link del "$(printf 'e\\033[31m')"`);
  });
});

test("--watch looks again over one connection, a JSON line each, until it is stopped", async () => {
  await using lab = await startLab();
  using op = operatorOf(lab);
  const child = lab.inNamespace("operator", [process.execPath, BIN, "show", "--watch", "1", "--json"], {
    cwd: op.dir,
    env: { ...process.env, ...op.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  await new Promise<void>((resolve, reject) => {
    child.once("close", () => reject(new Error("it ended by itself")));
    child.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (text.split("\n").length > 3) resolve();
    });
  });
  child.kill("SIGINT");
  expect(await ended).toBe(0);
  const looks = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as View);
  expect(looks[1]!.uptime).toBeGreaterThan(looks[0]!.uptime);
  expect(await lab.router.handshakes()).toBe(1);
});
