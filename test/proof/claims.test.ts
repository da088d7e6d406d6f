/** Which claims the proof makes of a router, and what tells one from another. */
import { describe, expect, test } from "@jest/globals";
import { brokenBy } from "../../provider/proof/change.ts";
import { prove } from "../../provider/proof/index.ts";
import { obligationsOfManifest } from "../../provider/proof/of-manifest.ts";
import { obligationsOf } from "../../provider/site/obligations.ts";
import { machineOf } from "../../provider/walk/machine.ts";
import { type Situation, situation } from "./site-router.ts";

const GROUND = `
  inet 172.16.1.1/24 scope global eth0
  inet 10.91.0.2/24 scope global eth1
  inet 10.92.0.2/24 scope global eth2
  inet 198.18.2.11/32 scope global eth2
  default via 10.91.0.1 dev eth1`;

const SITE = {
  default: "wan_one",
  lan: { device: "eth0", networks: ["172.16.1.0/24"], address: "172.16.1.1" },
  links: {
    wan_one: { id: 1, device: "eth1", gateway: "10.91.0.1" },
    wan_two: { id: 2, device: "eth2", gateway: "10.92.0.1", existing: ["198.18.2.11"] },
  },
  servers: { mail: "172.16.1.130" },
  publish: [
    { link: "wan_one", address: "198.18.1.11", server: "mail", tcp: [25] },
    { link: "wan_two", address: "198.18.2.11", server: "mail", tcp: [25] },
  ],
};

/** Names of the claims that do not hold where the default is as it is declared. */
function broken({ snapshot, manifest }: Situation): string[] {
  const machine = machineOf(snapshot);
  return prove(machine, obligationsOfManifest(manifest, machine), "links up")
    .filter(({ answer, claim }) => answer.kind === "no" && /by wan_one$/.test(claim.when))
    .map(({ claim }) => claim.name);
}

function claims({ snapshot, manifest }: Situation) {
  const machine = machineOf(snapshot);
  return prove(machine, obligationsOfManifest(manifest, machine), "links up").map(({ claim }) => claim);
}

describe("addresses that the device has anyway", () => {
  test("a service on one is claimed in the proof of a change: a foreign rule that takes its replies away is found", () => {
    expect(broken(situation(SITE, GROUND))).toEqual([]);
    expect(broken(situation(SITE, GROUND, "100: from 172.16.1.130 lookup main"))).toContain(
      "tcp 198.18.2.11:25 -> 172.16.1.130, by wan_two",
    );
  });

  test("the device's own address, of an ISP that gives one", () => {
    const site = {
      ...SITE,
      links: { ...SITE.links, wan_two: { id: 2, device: "eth2", gateway: "10.92.0.1", existing: ["10.92.0.2"] } },
      publish: [{ link: "wan_two", address: "10.92.0.2", server: "mail", tcp: [25] }],
    };
    expect(broken(situation(site, GROUND))).toEqual([]);
    expect(broken(situation(site, GROUND, "100: from 172.16.1.130 lookup main"))).toEqual([
      "tcp 10.92.0.2:25 -> 172.16.1.130, by wan_two",
    ]);
  });

  test("a server's own rule makes no address of the router of it", () => {
    const site = { ...SITE, servers: { mail: { address: "172.16.1.130", via: "wan_two" } } };
    const { snapshot, manifest } = situation(site, GROUND);
    const { links } = obligationsOfManifest(manifest, machineOf(snapshot));
    expect(links.flatMap(({ addresses }) => addresses)).not.toContain("172.16.1.130");
  });
});

describe("one client stands for those that no line tells apart", () => {
  const range = (lines: string) =>
    broken(situation(SITE, GROUND, lines)).filter((name) => /(from|to) [\d(p]/.test(name));
  const WAN_TWO = "tcp 198.18.2.11:25 -> 172.16.1.130, by wan_two";

  test.each([
    ["a policy rule", "100: from all to 203.0.113.0/24 lookup main", "203.0.113.0/24"],
    [
      "a policy rule for what comes from there",
      "100: from 203.0.113.0/24 unreachable\n 99: from all to 203.0.113.64/26 lookup main",
      "",
    ],
    ["one address", "100: from all to 203.0.113.7 lookup main", "203.0.113.7"],
    ["the addresses of the examples themselves", "100: from all to 198.51.100.0/24 lookup main", "198.51.100.0/24"],
    ["a route of the link's table", "203.0.113.0/24 via 10.91.0.1 dev eth1 table 102", "203.0.113.0/24"],
    [
      "a route in a route",
      "203.0.112.0/20 via 10.92.0.1 dev eth2 table 102\n 203.0.113.0/24 via 10.91.0.1 dev eth1 table 102",
      "203.0.113.0/24",
    ],
    ["a mark", "-t mangle -A PREROUTING -d 203.0.113.0/24 -j MARK --set-xmark 0x0/0xff000000", "203.0.113.0/24"],
    [
      "a range of iptables'",
      "-t mangle -A PREROUTING -m iprange --dst-range 203.0.113.9-203.0.113.11 -j MARK --set-xmark 0x0/0xff000000",
      "203.0.113.9-203.0.113.11",
    ],
    ["the rest of a negation", "-t mangle -A PREROUTING ! -d 0.0.0.0/1 -i eth0 -j MARK --set-xmark 0x0/0xff000000", ""],
  ])("%s is found, by the packet that shows it", (_, lines, from) => {
    const found = range(lines);
    if (from !== "") expect(found).toContain(`${WAN_TWO}, from ${from}`);
    expect(broken(situation(SITE, GROUND, lines))).not.toEqual([]);
  });

  test("clients whom the main table knows by a link are clients as all others", () => {
    expect(broken(situation(SITE, GROUND, "203.0.113.0/24 via 10.91.0.1 dev eth1"))).toEqual([]);
  });

  test.each([
    ["a route", "blackhole 203.0.113.0/24"],
    ["a policy rule", "100: from 203.0.113.0/24 unreachable"],
    ["a policy rule for the answers", "100: from all to 203.0.113.0/24 prohibit"],
    ["a firewall", "-t filter -A FORWARD -s 203.0.113.0/24 -j DROP"],
  ])("clients whom %s refuses are not wanted", (_, lines) => {
    expect(broken(situation(SITE, GROUND, lines))).toEqual([]);
  });

  test("a network of the site's own is no range of clients", () => {
    const lines =
      "100: from all to 172.16.1.0/24 lookup main\n 10.8.0.0/24 dev tun0\n 101: from 10.8.0.0/24 lookup main";
    expect(
      claims(situation(SITE, GROUND, lines)).filter(({ name, kind }) => kind !== "network" && /from 1/.test(name)),
    ).toEqual([]);
  });

  test("a private network that a policy rule leads to a VPN is no range of clients, whether or not the main table knows it", () => {
    const vpn = "500: from 10.99.0.0/16 lookup 77\n default via 192.168.99.2 dev eth3 table 77";
    expect(broken(situation(SITE, `${GROUND}\n inet 192.168.99.1/30 scope global eth3`, vpn))).toEqual([]);
  });

  test("client ports, where a line tells them apart", () => {
    expect(range("100: from all ipproto tcp dport 1024-30000 lookup main")).toContain(
      `${WAN_TWO}, from port 1024-30000`,
    );
    expect(range("100: from all ipproto udp dport 1024-30000 lookup main")).toEqual([]);
  });

  test("a protocol that a line singles out", () => {
    const found = broken(situation(SITE, GROUND, "100: from all ipproto udp sport 1194 lookup main"));
    expect(found).toContain("udp 1194 of 198.18.2.11 (the router), by wan_two");
    expect(found.every((name) => name.startsWith("udp 1194 of "))).toBe(true);
  });

  test("many lines that differ in an address alone are one class, and thousands of services ask for few packets", () => {
    const list = Array.from(
      { length: 500 },
      (_, i) => `-t filter -A FORWARD -s 203.0.${i >> 8}.${i & 255}/32 -j ACCEPT`,
    );
    const chnroutes = Array.from({ length: 2000 }, (_, i) => `20.${i >> 8}.${i & 255}.0/24 via 10.92.0.1 dev eth2`);
    const plain = claims(situation(SITE, GROUND)).length;
    const all = claims(situation(SITE, GROUND, [...list, ...chnroutes].join("\n")));
    expect(all.filter(({ name }) => / from /.test(name)).length).toBeGreaterThan(0);
    expect(all.length).toBeLessThan(3 * plain);
  });

  test("a rule for one service alone adds no claims of others", () => {
    const lines = "-t filter -A FORWARD -s 203.0.113.0/24 -d 172.16.1.130/32 -p tcp -m tcp --dport 143 -j ACCEPT";
    expect(claims(situation(SITE, GROUND, lines)).filter(({ name }) => /203.0.113/.test(name))).toEqual([]);
  });

  test("a rule of nft's own that names clients costs the claims of those alone", () => {
    const { snapshot, manifest } = situation(SITE, GROUND);
    const threat = { table: "inet f", chain: "c", hook: "forward", text: "ip saddr 203.0.113.0/24 drop" } as const;
    const native = [{ ...threat, selects: { from: ["203.0.113.0/24"] } }];
    const machine = machineOf({ ...snapshot, native });
    const proved = prove(machine, obligationsOfManifest(manifest, machine), "links up");
    const unsure = proved.filter(({ answer }) => answer.kind === "cannot tell").map(({ claim }) => claim.name);
    expect(unsure).toContain(`${WAN_TWO}, from 203.0.113.0/24`);
    expect(unsure.every((name) => /203.0.113.0\/24$/.test(name))).toBe(true);
  });
});

describe("networks inside that only the main table knows, and the operator", () => {
  const INSIDE = `${GROUND}
    169.254.0.0/16 dev eth0 scope link metric 1000
    inet 10.8.0.1/24 scope global tun0
    -t nat -A POSTROUTING -s 10.8.0.0/24 ! -o eth0 -j MASQUERADE`;
  const VIA = { ...SITE, servers: { mail: { address: "172.16.1.130", via: "wan_two" } } };

  test("hold where nothing is in their way", () => {
    expect(broken(situation(VIA, INSIDE))).toEqual([]);
    const names = claims(situation(VIA, INSIDE)).map(({ name }) => name);
    expect(names).toContain("tcp a host of 10.8.0.0/24 (10.8.0.254) -> out");
    expect(names.filter((name) => name.includes("169.254."))).toEqual([]);
    expect(names).toContain("ssh to 10.8.0.1 (the router), from 10.8.0.0/24");
    expect(names).toContain("tcp 172.16.1.130:25 (a server), from 10.8.0.0/24");
    expect(names).toContain("ssh to 172.16.1.1 (the router), from 172.16.1.0/24");
  });

  test("a change that cuts one of them off is taken back; what was cut off before is not held against it", () => {
    const whole = situation(VIA, INSIDE);
    // A rule for the server's own connections in front of those that keep it inside.
    const cut = situation(
      VIA,
      INSIDE,
      "100: from 172.16.1.130 lookup 102\n 10.8.0.0/24 via 10.92.0.1 dev eth2 table 102",
    );
    const lost = brokenBy(whole.snapshot, cut.snapshot, cut.manifest).map(({ claim }) => claim.name);
    expect(lost).toContain("tcp 172.16.1.130:25 (a server), from 10.8.0.0/24");
    expect(brokenBy(cut.snapshot, cut.snapshot, cut.manifest)).toEqual([]);
    const bare = { ...cut.snapshot, manifest: undefined, iptables: {} };
    const again = brokenBy(bare, cut.snapshot, cut.manifest).map(({ claim }) => claim.name);
    expect(again.filter((name) => /10\.8\./.test(name))).toEqual([]);
  });

  test("between the marks and the rule that leads inside what they mark nothing is claimed of them", () => {
    const { snapshot, manifest } = situation(SITE, INSIDE);
    const half = new Map(
      [...manifest].map(([owner, { lines, found }]) => [
        owner,
        { lines: lines.filter((line) => !(line.kind === "rule" && /iif/.test(line.rest ?? ""))), found },
      ]),
    );
    const machine = machineOf(snapshot);
    expect(obligationsOfManifest(manifest, machine).networks).toBe("visits");
    expect(obligationsOfManifest(half, machine).networks).toBeUndefined();
  });

  test.each([
    ["in the LAN", "172.16.1.0/24", ["ssh to 172.16.1.1 (the router), from 172.16.1.0/24"]],
    [
      "behind another device",
      "10.8.0.0/24",
      [
        "ssh to 10.8.0.1 (the router), from 10.8.0.0/24",
        "tcp 172.16.1.130:25 (a server), from 10.8.0.0/24",
        "tcp 198.18.1.11:25 -> mail, from 10.8.0.0/24",
        "tcp 198.18.2.11:25 -> mail, from 10.8.0.0/24",
      ],
    ],
    [
      "out there",
      "203.0.113.0/28",
      [
        "ssh to 198.18.2.11 (the router), by wan_two, from 203.0.113.0/28",
        "tcp 198.18.2.11:25 -> mail, by wan_two, from 203.0.113.0/28",
      ],
    ],
  ])("the operator's network %s", (_, network, expected) => {
    const { site, snapshot } = situation({ ...VIA, management: [network] }, INSIDE);
    const proved = prove(machineOf(snapshot), obligationsOf(site), "links up").filter(
      ({ claim }) => claim.kind === "management",
    );
    expect(proved.map(({ claim }) => claim.name)).toEqual(expect.arrayContaining(expected));
    expect(proved.filter(({ answer }) => answer.kind !== "yes")).toEqual([]);
  });

  test("a foreign rule that shuts the operator out is found", () => {
    const foreign = "100: from all to 10.8.0.0/24 lookup 102";
    const { site, snapshot } = situation({ ...SITE, management: ["10.8.0.0/24"] }, INSIDE, foreign);
    const lost = prove(machineOf(snapshot), obligationsOf(site), "links up").filter(
      ({ answer }) => answer.kind === "no",
    );
    expect(lost.map(({ claim }) => claim.name)).toContain("ssh to 10.8.0.1 (the router), from 10.8.0.0/24");
  });
});

describe("a claim is known by what it is about", () => {
  const foreign = "100: from 172.16.1.130 lookup main";
  const unnamed = new Map([[101, "wan_one"]]);

  test("a table without its name makes none of what was broken before newly broken", () => {
    const before = situation(SITE, GROUND, foreign, unnamed);
    const after = situation(SITE, GROUND, foreign);
    expect(broken(before)).not.toEqual(broken(after));
    expect(brokenBy(before.snapshot, after.snapshot, after.manifest)).toEqual([]);
    expect(brokenBy(after.snapshot, before.snapshot, before.manifest)).toEqual([]);
  });

  test("what was not broken before is", () => {
    const before = situation(SITE, GROUND, "", unnamed);
    const after = situation(SITE, GROUND, foreign);
    expect(brokenBy(before.snapshot, after.snapshot, after.manifest)).not.toEqual([]);
  });
});
