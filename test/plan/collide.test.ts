import { describe, expect, test } from "@jest/globals";
import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import { serverMap } from "../../provider/kinds/server-map.ts";
import { shortHash } from "../../provider/model/chain-name.ts";
import type { Fragment, Line, RouteLine, RuleLine } from "../../provider/model/line.ts";
import type { Snapshot } from "../../provider/model/snapshot.ts";
import { collisions } from "../../provider/plan/collide.ts";
import type { Manifest } from "../../provider/plan/manifest.ts";
import { desiredOf, routerOf } from "../kinds/routers.ts";
import { routerWith } from "./tables-model.ts";

const me = "p/s/FwmarkRule/one";
const rule = (fields: Partial<RuleLine>): RuleLine => ({
  kind: "rule",
  priority: 1024,
  from: "all",
  table: 1,
  ...fields,
});
const marked = rule({ mark: 1, mask: 0xff });
const names = new Map([
  [1, "wan_one"],
  [2, "wan_two"],
]);

interface Around {
  readonly router?: Snapshot;
  readonly manifest?: Manifest;
  readonly claims?: readonly (readonly [string, Fragment])[];
  readonly owner?: string;
}

function found(
  desired: Fragment,
  { router = routerOf(), manifest = new Map(), claims = [], owner = me }: Around,
): string[] {
  const all = collisions(owner, desired, { snapshot: router, manifest }, new Map(claims), names);
  return all.map(({ path, message }) => (path.length > 0 ? `${path.join(".")}: ${message}` : message));
}

describe("with lines of others", () => {
  test("a priority that is taken", () => {
    const router = routerOf({ rules: [rule({ from: "10.0.0.5", table: 2 })] });
    expect(found([marked], { router })).toEqual([
      'priority: 1024 is taken on the router: "1024: from 10.0.0.5 lookup wan_two"; priorities 4000-4999 are free',
    ]);
  });

  test("a rule that matches the same packets", () => {
    const at = (fields: Partial<RuleLine>) =>
      found([marked], { router: routerOf({ rules: [rule({ priority: 9, ...fields })] }) });
    expect(at({ mark: 1, table: 2 })).toEqual([
      'mark: the router has a rule that matches the same packets: "9: from all fwmark 0x1 lookup wan_two"; take another mark or mask (free here: 0x0f000000)',
    ]);
    expect(at({ mark: 0x301, mask: 0xf0f, table: 2 })).toHaveLength(1);
    expect(at({ mark: 2, mask: 0xff, table: 2 })).toEqual([]);
    expect(at({ mark: 0x100, mask: 0xff00, table: 2 })).toEqual([]);
    expect(at({ mark: 1, table: 1 })).toEqual([]);
    expect(at({ mark: 1, table: 2, rest: "not" })).toEqual([]);
  });

  test("a line equal to ours is adopted, a line in the manifest is ours", () => {
    const other = rule({ from: "10.0.0.5", table: 2 });
    expect(found([marked], { router: routerOf({ rules: [marked] }) })).toEqual([]);
    const manifest = new Map([["p/s/SourceRule/x", { lines: [other], found: [] }]]);
    expect(found([marked], { router: routerOf({ rules: [other] }), manifest })).toEqual([]);
  });

  test("a chain of our name with other rules in it", () => {
    const line: Line = { kind: "chain", table: "mangle", chain: "mw-wan-mark", rules: ["-j RETURN"].map(parseRule) };
    const router = routerWith("*mangle\n:mw-wan-mark - [0:0]\n-A mw-wan-mark -j LOG\nCOMMIT\n");
    expect(found([line], { router })).toEqual([
      'chain: the router has another chain of that name: "-t mangle -N mw-wan-mark"',
    ]);
    expect(found([{ ...line, rules: ["-j LOG"].map(parseRule) }], { router })).toEqual([]);
    expect(
      found([line], { router, manifest: new Map([[me, { lines: [{ ...line, rules: [] }], found: [] }]]) }),
    ).toEqual([]);
  });

  test("a rule that writes bits of our mask, wherever it is; one that writes others or sits in a chain of ours does not", () => {
    const chain: Line = {
      ...{ kind: "chain", table: "mangle", chain: "mw-wan-mark" },
      rules: ["-i eth1 -j MARK --set-xmark 0x1/0xff"].map(parseRule),
    };
    const router = routerWith(
      [
        "*mangle",
        ":PREROUTING ACCEPT [0:0]",
        ":theirs - [0:0]",
        ":mw-old-mark - [0:0]",
        "-A PREROUTING -j MARK --set-xmark 0x10000/0xff0000",
        "-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff",
        "-A theirs -j MARK --set-mark 0x80",
        "-A mw-old-mark -j MARK --set-xmark 0x2/0xff",
        "COMMIT\n",
      ].join("\n"),
    );
    const message = (text: string, advice: string) =>
      `mask: the router has a foreign rule that writes the whole mark: "-t mangle -A ${text}"; write it only bits of its own, such as ${advice}, remove it, or list it under replace`;
    expect(found([chain], { router })).toEqual([
      message(
        "PREROUTING -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff",
        "--restore-mark --nfmask M --ctmask M, M being its own bits",
      ),
      message(
        "theirs -j MARK --set-xmark 0x80/0xffffffff",
        "--set-xmark 0x80/0x80, and take a mask here without those (free here: 0x0f000000)",
      ),
    ]);
    expect(found([{ ...chain, rules: ["-j RETURN"].map(parseRule) } as Line], { router })).toEqual([]);
  });

  test("a writer of the whole mark is told to write its own bits: no mask is free of it", () => {
    const chain: Line = {
      ...{ kind: "chain", table: "mangle", chain: "mw-wan-mark" },
      rules: ["-i eth1 -j MARK --set-xmark 0x1000000/0xf000000"].map(parseRule),
    };
    const advice = (rule: string) => {
      const [text = ""] = found([chain], {
        router: routerWith(`*mangle\n:theirs - [0:0]\n-A theirs ${rule}\nCOMMIT\n`),
      });
      return /"; (.*), remove it, or list it under replace$/.exec(text)?.[1];
    };
    expect(advice("-j MARK --set-mark 0x1")).toBe("write it only bits of its own, such as --set-xmark 0x1/0x1");
    expect(advice("-j MARK --set-mark 0x3000001")).toBe(
      "write it only bits of its own, such as --set-xmark 0x3000001/0x3000001, and take a mask here without those (free here: 0xf0000000)",
    );
    expect(advice("-j MARK --set-mark 0x0")).toBe(
      "write it only bits of its own, such as --set-xmark 0x0/M, M being its own bits",
    );
    expect(advice("-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff")).toBe(
      "write it only bits of its own, such as --save-mark --nfmask M --ctmask M, M being its own bits",
    );
    // With a mask, though of bits that are ours, it is our mask that can give way.
    expect(advice("-j MARK --set-xmark 0x1/0xf000000")).toMatch(/^take another mask \(free here: 0xf0000000\)$/);
  });

  test("a mark that is written behind routing takes nobody's way, unless it stays with the connection", () => {
    const chain: Line = {
      ...{ kind: "chain", table: "mangle", chain: "mw-wan-mark" },
      rules: ["-i eth1 -j MARK --set-xmark 0x1/0xff"].map(parseRule),
    };
    const rules = (...lines: string[]) =>
      found([chain], {
        router: routerWith(
          `*mangle\n${["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"].map((c) => `:${c} ACCEPT [0:0]`).join("\n")}\n:qos - [0:0]\n${lines.join("\n")}\nCOMMIT\n`,
        ),
      }).map((text) => /"-t mangle -A (\S+ .*)"; /.exec(text)?.[1]);
    const mark = "-j MARK --set-xmark 0xa/0xffffffff";
    expect(
      rules(`-A POSTROUTING -o eth1 ${mark}`, `-A FORWARD ${mark}`, "-A POSTROUTING -j qos", `-A qos ${mark}`),
    ).toEqual([]);
    expect(rules("-A POSTROUTING -j qos", "-A OUTPUT -j qos", `-A qos ${mark}`)).toEqual([`qos ${mark}`]);
    const save = "-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff";
    const set = "-j CONNMARK --set-xmark 0xa/0xff";
    expect(rules(`-A POSTROUTING ${mark}`, `-A POSTROUTING ${save}`, `-A FORWARD ${set}`)).toEqual([
      `FORWARD ${set}`,
      `POSTROUTING ${save}`,
    ]);
    expect(rules(`-A INPUT ${mark}`)).toEqual([`INPUT ${mark}`]);
  });

  test("a chain of a server map, and a rule of a link, by the names of those arguments", () => {
    const line: Line = { kind: "chain", table: "nat", chain: "mw-map-dnat", rules: ["-j RETURN"].map(parseRule) };
    const router = routerWith("*nat\n:mw-map-dnat - [0:0]\n-A mw-map-dnat -j LOG\nCOMMIT\n");
    expect(found([line], { router, owner: "p/s/ServerMap/one" })[0]).toMatch(/^map: the router has another chain/);
    const taken = routerOf({ rules: [rule({ from: "10.0.0.5", table: 2 })] });
    expect(found([rule({ from: "10.1.0.2" })], { router: taken, owner: "p/s/WanLink/one" })[0]).toMatch(
      /^fromPriority: 1024 is taken/,
    );
  });

  test("two chains of one resource that would have one name", () => {
    // The names of further chains carry four hex digits of the map and the device: two of a thousand devices meet.
    const many = Array.from({ length: 1000 }, (_, i) => `eth${i}`);
    const [one = "", two = ""] = [...Map.groupBy(many, (device) => shortHash(`map ${device}`)).values()].find(
      (same) => same.length > 1,
    )!;
    const servers = Array.from({ length: 40 }, (_, i) => `172.16.${i}.5`);
    const args = (devices: string[], map = "map") => ({
      map,
      entries: [],
      outgoing: devices.flatMap((device) => servers.map((server) => ({ server, device, address: "10.0.0.1" }))),
    });
    const owner = "p/s/ServerMap/one";
    const clashes = found(desiredOf(serverMap, args([one, two])), { owner });
    expect(clashes.length).toBeGreaterThan(0);
    for (const text of clashes)
      expect(text).toMatch(/^map: two of its chains would be called mw-[0-9a-f]{4}s-.*; take another name$/);
    expect(found(desiredOf(serverMap, args([one, two], "other")), { owner })).toEqual([]);
    const colon = desiredOf(serverMap, args(["a:b", "a_b"]));
    expect(found(colon, { owner })).toEqual([]);
    for (const line of colon) if (line.kind === "chain") expect(line.chain).toMatch(/^mw-[A-Za-z0-9_.~/-]{1,25}$/);
  });
});

describe("with another resource of the program", () => {
  const other = (kind: string, ...lines: Line[]) => ({ claims: [[`p/s/${kind}/two`, lines] as const] });

  test("one place, two values", () => {
    const via = (gateway: string): RouteLine => ({
      ...{ kind: "route", type: "unicast", destination: "default", gateway, device: "eth1" },
      ...{ table: 254, metric: 0, onlink: false },
    });
    expect(found([via("10.0.0.1")], other("DefaultRoute", via("10.0.0.2")))).toEqual([
      '"default via 10.0.0.1 dev eth1" excludes "default via 10.0.0.2 dev eth1", which DefaultRoute two declares',
    ]);
    expect(found([via("10.0.0.1")], other("DefaultRoute", via("10.0.0.1")))).toEqual([]);
    expect(found([via("10.0.0.1")], { claims: [[me, [via("10.0.0.2")]]] })).toEqual([]);
  });

  test("one mark for two tables, one priority for two tables", () => {
    expect(found([marked], other("FwmarkRule", rule({ mark: 1, priority: 1025, table: 2 })))).toEqual([
      '"1024: from all fwmark 0x1/0xff lookup wan_one" excludes "1025: from all fwmark 0x1 lookup wan_two", which FwmarkRule two declares',
    ]);
    expect(found([marked], other("FwmarkRule", rule({ mark: 2, mask: 0xff, table: 2 })))).toEqual([
      '"1024: from all fwmark 0x1/0xff lookup wan_one" excludes "1024: from all fwmark 0x2/0xff lookup wan_two", which FwmarkRule two declares',
    ]);
  });

  test("two sources share a priority unless a packet can have both", () => {
    const from = (from: string, table: number) => rule({ priority: 4200, from, table });
    const source = { owner: "p/s/SourceRule/one" };
    expect(found([from("172.16.1.131", 1)], { ...source, ...other("SourceRule", from("172.16.1.130", 2)) })).toEqual(
      [],
    );
    expect(found([from("172.16.1.131", 1)], { ...source, ...other("SourceRule", from("172.16.1.128/25", 2)) })).toEqual(
      [
        '"4200: from 172.16.1.131 lookup wan_one" excludes "4200: from 172.16.1.128/25 lookup wan_two", which SourceRule two declares',
      ],
    );
  });

  test("one address on two devices", () => {
    const alias = (device: string): Line => ({ kind: "address", device, address: "123.234.1.11", prefix: 32 });
    expect(found([alias("eth1")], other("WanLink", alias("eth2")))).toEqual([
      '"inet 123.234.1.11/32 scope global eth1" excludes "inet 123.234.1.11/32 scope global eth2", which WanLink two declares',
    ]);
  });

  test("a SourceRule before a fwmark rule, whichever of them is looked at; a from-rule of a link may stand there", () => {
    const source = rule({ priority: 1000, from: "172.16.1.131", table: 2 });
    const reason = "the rule by source must come behind the rule by mark, or replies would leave by the wrong link";
    expect(found([marked], other("SourceRule", source))).toEqual([
      `priority: "1024: from all fwmark 0x1/0xff lookup wan_one" and "1000: from 172.16.1.131 lookup wan_two", which SourceRule two declares: ${reason}`,
    ]);
    expect(found([source], { owner: "p/s/SourceRule/one", ...other("FwmarkRule", marked) })).toEqual([
      `priority: "1000: from 172.16.1.131 lookup wan_two" and "1024: from all fwmark 0x1/0xff lookup wan_one", which FwmarkRule two declares: ${reason}`,
    ]);
    expect(found([marked], other("WanLink", source))).toEqual([]);
    expect(found([marked], other("SourceRule", { ...source, priority: 1025 }))).toEqual([]);
  });
});
