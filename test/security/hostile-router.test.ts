/** A router whose names, comments and files try to be commands and terminal escapes. */
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { PROVIDERS } from "../../provider/lifecycle/providers.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct, type Run } from "../rows/direct.ts";
import { testingAll, thorough } from "../variants.ts";
import { CONTROL, stringsIn } from "./hostile.ts";

/** As a word of a shell, whatever is in it. */
const word = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const ESC = "\u001b[31m";
const NAMES = ["a;reboot", "a$(id)", "-n", "a'b", "a`id`", "a*", `${ESC}red`, "a|b>c", "eth1\u0007"];
const COMMENT = `${ESC}"$(touch /canary.1)\`touch /canary.2\`'; touch /canary.3 \\ \u009b2J`;

describe("a hostile router", () => {
  let lab: Lab;
  let stack: Direct;
  let before: string;
  const inputs: unknown[] = [];
  beforeAll(async () => {
    lab = await startLab();
    await lab.router.exec(
      [
        "set -e",
        ...NAMES.map(
          (name, i) => `ip link add name ${word(name)} type veth peer name peer${i}; ip link set dev peer${i} up`,
        ),
        "ip addr add 10.50.0.1/24 dev 'a;reboot'; ip link set dev 'a;reboot' up",
        `ip link set dev ${word(`${ESC}red`)} up; ip route add default dev ${word(`${ESC}red`)}`,
        "ip route add 10.51.0.0/16 dev 'a;reboot'",
        "ip rule add pref 600 iif 'a$(id)' lookup 77",
        `ip rule add pref 601 iif ${word(`${ESC}red`)} lookup 77`,
        `printf '88 %s\\n89 a;reboot\\n90 $(id)\\n91 \\033[2J\\n' ${word(`${ESC}x`)} >>/etc/iproute2/rt_tables`,
        "ip rule add pref 602 from 10.52.0.0/16 lookup 91; ip route add 10.53.0.0/16 dev eth3 table 88",
        `iptables -t mangle -A PREROUTING -s 10.9.9.9 -m comment --comment ${word(COMMENT)} -j ACCEPT`,
        `iptables -t nat -A POSTROUTING -s 10.9.9.9 -m comment --comment ${word(`a\n${COMMENT}`)} -j ACCEPT`,
      ].join("\n"),
    );
    before = await lab.router.dump();
    stack = await direct(lab);
    for (const kind of Object.values(PROVIDERS)) {
      const check = kind.check!;
      jest.spyOn(kind, "check").mockImplementation(async (...args) => {
        const result = await check.apply(kind, args);
        inputs.push(result);
        return result;
      });
    }
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await lab?.stop();
  });

  /** What a run says and stores is plain text, and nothing was run that should not have been. */
  const plain = async ({ text, failures, drift }: Run) => {
    const said = [text, ...Object.values(failures), ...drift, ...stringsIn(inputs.splice(0))];
    expect(said.filter((line) => CONTROL.test(line))).toEqual([]);
    expect(await lab.router.exec("ls / | grep canary || :")).toBe("");
    return text;
  };

  test("is previewed", async () => {
    const run = await stack.preview();
    expect(run.code).toBe(0);
    await plain(run);
  });

  test("takes all lines, its own default is remembered, and the next run changes nothing", async () => {
    expect((await stack.up()).failures).toEqual({});
    const stored = stringsIn(inputs).join("\n");
    expect(stored).toMatch(/^default .*dev \\x1b\[31mred$/m);
    const again = await stack.up();
    await plain(again);
    expect(new Set(Object.values(again.ops))).toEqual(new Set(["same"]));
  });

  thorough("is mended where somebody has typed such text into a chain of ours", async () => {
    await lab.router.exec(
      `iptables -t mangle -A mw-site-mark -m comment --comment ${word(COMMENT)} -j RETURN; printf 'x\\033[2J$(touch /canary.4)\\n' >>/etc/multiwan/boot`,
    );
    const seen = await stack.preview();
    expect(seen.drift.join("\n")).toContain('unexpected: -t mangle -A mw-site-mark -m comment --comment "\\x1b[31m');
    expect(seen.drift.join("\n")).toContain("unexpected: /etc/multiwan/boot: x\\x1b[2J$(touch /canary.4)");
    await plain(seen);
    await plain(await stack.up());
    expect((await stack.preview()).drift).toEqual([]);
  });

  test("is refused with such a rule in our way, whose text is escaped", async () => {
    const rule = `pref 1030 iif ${word(`${ESC}red`)} from 10.9.0.0/16 lookup 91`;
    await lab.router.exec(`ip rule add ${rule}`);
    const links = stack.site.links as Record<string, object>;
    const site = stack.site;
    stack.site = { ...site, links: { ...links, wan_two: { ...links.wan_two, priority: 1030 } } };
    const run = await stack.preview();
    stack.site = site;
    await lab.router.exec(`ip rule del ${rule}`);
    expect(run.failures["site-wan_two-rule"]).toContain(
      'priority: 1030 is taken on the router: "1030: from 10.9.0.0/16 iif \\x1b[31mred lookup 91"',
    );
    await plain(run);
  });

  test("is refused with a damaged manifest, which is not run, and goes on when it is whole again", async () => {
    const manifest = await lab.router.exec("cat /run/multiwan/manifest");
    for (const text of [
      `${ESC}\n$(touch /canary.5)\n`,
      `${manifest}line $(touch /canary.6)${ESC}\n`,
      `${manifest}line -t mangle -A PREROUTING "\u009b2J\n`,
      manifest.slice(0, manifest.length - 20),
    ].slice(testingAll ? 0 : 2)) {
      await lab.router.exec("cat >/run/multiwan/manifest", text);
      const run = await stack.up();
      expect(run.code).toBe(1);
      expect(run.text).toContain("reading /run/multiwan/manifest, which lists the managed lines");
      await plain(run);
    }
    await lab.router.exec("cat >/run/multiwan/manifest", manifest);
    expect((await stack.up()).code).toBe(0);
  });

  test("is told who holds its lock, in plain text", async () => {
    const boot = await lab.router.exec("cat /proc/sys/kernel/random/boot_id");
    await lab.router.exec("cat >/run/multiwan/lock", `abcd 99999999 ${boot.trim()}\n${ESC}anna\u009b2J@\\033[2Jhost\n`);
    await lab.router.exec("ip rule del pref 1024");
    const run = await stack.up();
    await lab.router.exec("rm /run/multiwan/lock");
    expect(run.text).toContain("another run is changing this router: \\x1b[31manna");
    await plain(run);
    expect((await stack.up()).code).toBe(0);
  });

  test("has files that only root can read or write, and in /tmp none", async () => {
    expect(await lab.router.exec("find /run/multiwan -printf '%m %u %y\\n' | sort | uniq -c | tr -s ' '")).toBe(
      " 1 600 root f\n 1 700 root d\n",
    );
    expect(
      await lab.router.exec(
        "find /etc/multiwan /etc/network/if-up.d/multiwan /etc/init.d/multiwan -perm /022 ! -type l -o ! -user root",
      ),
    ).toBe("");
    expect(await lab.router.exec("ls -A /tmp /dev/shm | grep -i -e multiwan -e '^mw' || :")).toBe("");
  });

  test("is given back as it was", async () => {
    const run = await stack.destroy();
    expect(run.failures).toEqual({});
    await plain(run);
    expect(await lab.router.dump()).toBe(before);
  });
});
