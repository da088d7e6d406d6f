import { expect, test } from "@jest/globals";
import { formatLine } from "../../provider/dialects/fragment.ts";
import { parseRoutes } from "../../provider/dialects/iproute2/routes.ts";
import { parseRules } from "../../provider/dialects/iproute2/rule.ts";
import { lineKey } from "../../provider/dialects/line-key.ts";
import { LINES } from "../../provider/guard/bodies.ts";
import type { Line, RouteLine, RuleLine } from "../../provider/model/line.ts";
import { dropStep, isNetworked, putStep } from "../../provider/plan/network-steps.ts";
import { liveFrom } from "./model.ts";
import { newNamespace, orWhyNot, real } from "./namespace.ts";

const owner = "p/s/WanLink/one";
const route = (fields: Partial<RouteLine>): RouteLine => ({
  ...{ kind: "route", type: "unicast", destination: "default", device: "eth1", table: 1, metric: 0, onlink: false },
  ...fields,
});
const rule = (fields: Partial<RuleLine>): RuleLine => ({
  kind: "rule",
  priority: 1024,
  from: "all",
  table: 1,
  ...fields,
});

function put(line: Line, there: Line[] = []): string[] {
  if (!isNetworked(line)) throw new Error("not a line of ip");
  const { run, undo } = putStep({ owner, line }, liveFrom(there));
  return [run, undo];
}

function drop(line: Line): string[] {
  if (!isNetworked(line)) throw new Error("not a line of ip");
  const { run, undo } = dropStep({ owner, line });
  return [run, undo];
}

test("an address", () => {
  const line: Line = { kind: "address", device: "eth1", address: "123.234.1.11", prefix: 32 };
  const [add, del] = ["ip addr add 123.234.1.11/32 dev eth1", "gone ip addr del 123.234.1.11/32 dev eth1"];
  expect([put(line), drop(line)]).toEqual([
    [add, del],
    [del, `there ${add}`],
  ]);
});

test("a setting is written into its file, a dotted device included, and what it was is written back", () => {
  const line = (value: string): Line => ({ kind: "sysctl", key: "net.ipv4.conf.eth0/100.rp_filter", value });
  expect(put(line("2"), [line("1")])).toEqual([
    "echo 2 >/proc/sys/net/ipv4/conf/eth0.100/rp_filter",
    "echo 1 >/proc/sys/net/ipv4/conf/eth0.100/rp_filter",
  ]);
});

test("a rule is named by its priority and its whole selector, in both directions", () => {
  const add = "ip rule add from all fwmark 0x1/0xff table 1 pref 1024";
  expect(put(rule({ mark: 1, mask: 0xff }))).toEqual([
    add,
    `gone_rule 1024 'all - 1/0xff - -' ${add.replace("add", "del")}`,
  ]);
  expect(put(rule({ mark: 1, mask: 0xffffffff }))[0]).toBe("ip rule add from all fwmark 0x1 table 1 pref 1024");
  expect(put(rule({ from: "10.0.0.0/8", to: "10.1.0.0/16" }))[0]).toBe(
    "ip rule add from 10.0.0.0/8 to 10.1.0.0/16 table 1 pref 1024",
  );
  expect(put(rule({ table: undefined, rest: "not iif eth0 unreachable" } as never))[0]).toBe(
    "ip rule add not from all iif eth0 unreachable pref 1024",
  );
});

test("a route takes the place of another one and gives it back in the words it was printed in", () => {
  const old = route({ table: 254, gateway: "10.0.0.1", protocol: "static", source: "10.0.0.2", rest: "mtu 1400" });
  expect(put(route({ table: 254, gateway: "10.0.0.9", onlink: true }), [old])).toEqual([
    "ip route replace default via 10.0.0.9 dev eth1 onlink",
    "swap_route 254 default '- 10.0.0.9 eth1 - - - -' ip route replace default via 10.0.0.1 dev eth1 proto static src 10.0.0.2 mtu 1400",
  ]);
  expect(put(old)[0]).toBe("ip route add default via 10.0.0.1 dev eth1 proto static src 10.0.0.2 mtu 1400");
  expect(drop(route({ type: "unreachable", device: undefined, metric: 65000 } as never))).toEqual([
    "gone_route 1 default 'unreachable - - - - - 65000' ip route del unreachable default table 1 metric 65000",
    "there ip route add unreachable default table 1 metric 65000",
  ]);
});

real.each(["ip", "busybox ip"])(`%s for real${orWhyNot}`, (ip) => {
  const lines: Line[] = [
    { kind: "address", device: "eth1", address: "10.0.0.2", prefix: 24 },
    { kind: "address", device: "eth1", address: "123.234.1.11", prefix: 32 },
    route({ type: "unreachable", metric: 65000, device: undefined } as never),
    route({ destination: "172.16.1.0/24", scope: "link" }),
    route({ destination: "10.9.0.9/32", gateway: "10.0.0.7" }),
    route({ gateway: "10.0.0.1" }),
    route({ table: 254, gateway: "10.0.0.1", metric: 4294967295 }),
    route({ table: 2, gateway: "192.0.2.1", onlink: true }),
    rule({ mark: 1 }),
    rule({ priority: 4001, mark: 0x1000000, mask: 0x0f000000, table: 101 }),
    rule({ priority: 4101, from: "123.234.1.11", table: 101 }),
    rule({ priority: 4200, from: "172.16.1.128/25", table: 101 }),
  ];

  test("each command does what its line says, and its inverse takes it back", () => {
    using namespace = newNamespace(ip.replace(" ", "-"));
    const sh = (command: string) =>
      namespace.run([
        "sh",
        "-c",
        `${LINES.text}\n${command}`.replace(/(^| |\()ip (?=-4|rule|route|addr)/gm, `$1${ip} `),
      ]);
    namespace.run(["sh", "-c", "ip link add eth1 type veth peer name eth9; ip link set eth1 up; ip link set eth9 up"]);
    const shown = () =>
      `${sh("ip rule show")}\n${sh("ip -4 route show table all")}\n${sh("ip addr show dev eth1").replace(/inet6 .*/g, "")}`;
    const keys = () =>
      new Set([
        ...parseRoutes(sh("ip -4 route show table all"), new Map()).map(lineKey),
        ...parseRules(sh("ip rule show"), new Map()).map(lineKey),
      ]);
    for (const line of lines) {
      const before = shown();
      const [run, undo] = put(line);
      sh(run!);
      if (line.kind === "address") expect(shown()).toContain(`inet ${line.address}/${line.prefix}`);
      else expect([...keys()]).toContain(lineKey(line));
      sh(undo!);
      expect([formatLine(line), shown()]).toEqual([formatLine(line), before]);
      sh(run!);
    }
    for (const line of lines.toReversed()) {
      const [run, undo] = drop(line);
      sh(run!);
      expect([...keys()]).not.toContain(lineKey(line));
      sh(undo!);
      sh(run!);
      // That it is gone is what it is for.
      sh(run!);
    }
  });

  test("a route is taken away or put back as it is, and another of the same place stays", () => {
    using namespace = newNamespace(ip.replace(" ", "-"));
    const sh = (command: string) =>
      namespace.run([
        "sh",
        "-c",
        `${LINES.text}\n${command}`.replace(/(^| |\()ip (?=-4|rule|route|addr)/gm, `$1${ip} `),
      ]);
    sh(
      "ip link add eth1 type veth peer name eth9; ip link set eth1 up; ip link set eth9 up; ip addr add 10.0.0.2/24 dev eth1",
    );
    const there = () => sh("ip -4 route show table 254 default").replace(/ +/g, " ").trim();
    const plain = route({ table: 254, gateway: "10.0.0.1" });
    sh("ip route add default via 10.0.0.1 dev eth1 metric 100");
    for (const command of [
      put(plain)[1]!,
      drop(plain)[0]!,
      put(plain, [route({ table: 254, gateway: "10.0.0.7" })])[1]!,
    ])
      sh(command);
    expect(there()).toBe("default via 10.0.0.1 dev eth1 metric 100");
    sh("ip route add default via 10.0.0.9 dev eth1");
    sh(put(plain, [route({ table: 254, gateway: "10.0.0.7" })])[1]!);
    sh(drop(plain)[1]!);
    expect(there()).toMatch(/^default via 10\.0\.0\.9 dev eth1 ?\ndefault via 10\.0\.0\.1 dev eth1 metric 100$/);
    if (ip === "ip") {
      sh("ip route replace default via 10.0.0.1 dev eth1 proto static");
      sh(put(plain)[1]!);
      expect(there()).toContain("proto static");
    }
  });
});

real.each(["ip", "busybox ip"])("%s takes away the managed rule, and no other of its priority", (ip) => {
  const own = rule({ priority: 1000, mark: 1, mask: 0xff, table: 77 });
  const OWN = "from all fwmark 0x1/0xff lookup 77";
  const IIF = "from all fwmark 0x1/0xff iif eth7 lookup 77";
  const BEHIND = "from 10.0.0.0/8 fwmark 0x1/0xff lookup 77";
  const OTHER = "from 10.9.0.0/16 lookup 78";

  test.each([
    ["alone", [OWN], []],
    ["not there", [IIF], [IIF]],
    ["before one with more words", [OWN, IIF], [IIF]],
    ["behind one with more words", [IIF, OWN], [IIF]],
    ["between several", [IIF, OTHER, OWN, BEHIND], [IIF, OTHER, BEHIND]],
  ])("%s", (_, there, left) => {
    using namespace = newNamespace(ip.replace(" ", "-"));
    const sh = (command: string) =>
      namespace.run([
        "sh",
        "-c",
        `T=$(mktemp -d)\n${LINES.text}\n${command}\nls "$T"; rmdir "$T"`.replace(
          /(^| |\()ip (?=-4|rule|route|addr)/gm,
          `$1${ip} `,
        ),
      ]);
    for (const words of there) sh(`ip rule add ${words} pref 1000`);
    for (const command of [drop(own)[0]!, put(own)[1]!]) {
      expect(sh(command)).toBe("");
      const shown = sh("ip rule show").match(/1000:.*/g) ?? [];
      expect(shown.map((line) => line.replace(/^1000:\s+/, "").replace(/ \[detached\]| +$/g, ""))).toEqual(left);
    }
  });

  test("one before it that cannot be written again stays, and is named", () => {
    using namespace = newNamespace(ip.replace(" ", "-"));
    const sh = (command: string) =>
      namespace.run([
        "sh",
        "-c",
        `${LINES.text}\n${command}`.replace(/(^| |\()ip (?=-4|rule|route|addr)/gm, `$1${ip} `),
      ]);
    const odd = ip === "ip" ? "l3mdev" : "goto 2000";
    namespace.run(["sh", "-c", `ip rule add ${IIF.replace("lookup 77", odd)} pref 1000`]);
    sh(`ip rule add ${OWN} pref 1000`);
    const before = sh("ip rule show");
    expect(() => sh(`{ ${drop(own)[0]}; } >&2`)).toThrow(/stands before it, and cannot be put back/);
    expect(sh("ip rule show")).toBe(before);
  });
});
