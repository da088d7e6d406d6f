/** `multiwan doctor`: every finding on a router that is made to have it, in a real snapshot that is altered; and live. */

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { examine } from "../../provider/cli/doctor/examine.ts";
import { FACTS_SCRIPT } from "../../provider/cli/doctor/facts.ts";
import type { Finding } from "../../provider/cli/doctor/finding.ts";
import { type Patient, patientOf } from "../../provider/cli/doctor/patient.ts";
import { type Look, look } from "../../provider/cli/look.ts";
import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import type { IptablesTable } from "../../provider/model/line.ts";
import type { Snapshot } from "../../provider/model/snapshot.ts";
import { checkSite } from "../../provider/site/check.ts";
import type { Site } from "../../provider/site/schema.ts";
import { openSession, type Session } from "../../provider/ssh/session.ts";
import { parseRouterSettings } from "../../provider/ssh/settings.ts";
import { labSite } from "../drive/index.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { type Operator, operatorOf } from "./command.ts";
import { deployed } from "./deployed.ts";

interface Report {
  readonly counts: Record<string, number>;
  readonly findings: readonly Finding[];
}

const NOW = 1_700_000_000;
let lab: Lab;
let op: Operator;
let session: Session;
let seen: Look;
let site: Site;

beforeAll(async () => {
  lab = await startLab();
  await startSite(lab);
  await deployed(lab);
  op = operatorOf(lab);
  const { host, port } = await lab.tunnel();
  const parsed = parseRouterSettings({ ...op.router, host, port });
  const checked = checkSite(labSite());
  if (!("settings" in parsed) || !("site" in checked)) throw new Error("the lab's own config has faults");
  site = checked.site;
  session = await openSession(parsed.settings);
  seen = await look(session, parsed.settings, FACTS_SCRIPT);
});
afterAll(async () => {
  await session?.close();
  op?.[Symbol.dispose]();
  await lab?.stop();
});

/** The lab's router, altered. */
function patient(change: Partial<Patient> = {}, router: Partial<Snapshot> = {}): Patient {
  const snapshot = { ...seen.snapshot, ...router };
  const whole = patientOf({ ...seen, snapshot }, { project: "multiwan", name: "lab", site }, NOW);
  const facts = { ...whole.facts, facts: new Map([...whole.facts.facts, ["clock", String(NOW)]]) };
  return { ...whole, facts, ...change };
}

/** With rules put first into a chain, made if it is not there. */
function withRules(table: IptablesTable, chain: string, ...rules: string[]): Pick<Snapshot, "iptables"> {
  const { iptables } = seen.snapshot;
  const chains = new Map(iptables[table]?.chains);
  const there = chains.get(chain) ?? { policy: "ACCEPT", rules: [] };
  chains.set(chain, { ...there, rules: [...rules.map(parseRule), ...there.rules] });
  return { iptables: { ...iptables, [table]: { chains } } };
}

/** On a router that filters nowhere and looks at no marks, but where it is said. */
function withSysctl(settings: Record<string, string>): Pick<Snapshot, "sysctls"> {
  const off = [...seen.snapshot.sysctls.keys()].filter((key) => /\.(rp_filter|src_valid_mark)$/.test(key));
  return {
    sysctls: new Map([...seen.snapshot.sysctls, ...off.map((key) => [key, "0"] as const), ...Object.entries(settings)]),
  };
}

const able = (change: Partial<Snapshot["capabilities"]>) => ({
  capabilities: { ...seen.snapshot.capabilities, ...change },
});
const facts = (change: Partial<Patient["facts"]>, more: Record<string, string> = {}) => {
  const { facts } = patient();
  return { facts: { ...facts, ...change, facts: new Map([...facts.facts, ...Object.entries(more)]) } };
};
const bad = (one: Patient) =>
  examine(one)
    .filter(({ level }) => level === "warning" || level === "problem")
    .map(({ level, text }) => `${level}: ${text.split("\n")[0]}`);
const notes = (one: Patient) =>
  examine(one)
    .filter(({ level }) => level === "note")
    .map(({ text }) => text);

test("a healthy router has neither warnings nor problems", () => {
  expect(bad(patient())).toEqual([]);
});

describe("what it can do", () => {
  test.each<[string, () => Patient, RegExp]>([
    ["no -w", () => patient({}, able({ iptables: { ...seen.snapshot.capabilities.iptables, wait: false } })), /-w/],
    ["no conntrack", () => patient({}, able({ conntrack: false })), /no conntrack command/],
    ["conntrack not loaded", () => patient(facts({}, { "conntrack-max": "" })), /not loaded yet/],
    ["read-only root", () => patient(facts({ rootReadOnly: true })), /made writable for the moment/],
    ["clock", () => patient(facts({}, { clock: String(NOW - 7200) })), /2h 0m behind/],
    [
      "no INVALID drop",
      () => patient({}, { iptables: { ...seen.snapshot.iptables, filter: { chains: new Map() } } }),
      /INVALID/,
    ],
    [
      "nothing at boot",
      () => patient({ site: { ...site, persist: false } }, { boot: { hooks: [], files: [], text: undefined } }),
      /nothing brings the managed lines back/,
    ],
  ])("note: %s", (_, make, text) => {
    expect(notes(make())).toContainEqual(expect.stringMatching(text));
  });

  test.each<[string, () => Patient, RegExp]>([
    ["forwarding off", () => patient({}, withSysctl({ "net.ipv4.ip_forward": "0" })), /^problem: .*nothing passes/],
    [
      "table nearly full",
      () => patient(facts({}, { "conntrack-count": "90", "conntrack-max": "100" })),
      /^warning: 90 of 100/,
    ],
    ["disk nearly full", () => patient(facts({ free: new Map([["/", 500]]) })), /^warning: only .* on the disk/],
    ["disk full", () => patient(facts({ free: new Map([["/", 0]]) })), /^problem: only 0B/],
    [
      "both variants",
      () => patient({}, able({ iptables: { ...seen.snapshot.capabilities.iptables, bothVariants: true } })),
      /^warning: both variants/,
    ],
    [
      "networkd",
      () => patient({}, able({ daemons: ["systemd-networkd"], networkd: { deletesRules: true, deletesRoutes: true } })),
      /^warning: systemd-networkd/,
    ],
    [
      "no module",
      () => ({ ...patient(facts({}, { "module-xt_connmark": "no" })), manifest: new Map() }),
      /^problem: .*xt_connmark/,
    ],
    ["strict on an old kernel", () => patient({ site: strict() }, able({ kernel: "2.6.32" })), /^problem: .*2\.6\.33/],
  ])("%s", (_, make, text) => {
    expect(bad(make())).toContainEqual(expect.stringMatching(text));
  });
});

function strict(): Site {
  const { wan_one, ...rest } = site.links;
  return { ...site, links: { wan_one: { ...wan_one!, reversePath: "strict" }, ...rest } };
}
function left(): Site {
  const links = Object.entries(site.links).map(([name, link]) => [name, { ...link, reversePath: "leave" as const }]);
  return { ...site, links: Object.fromEntries(links) };
}

describe("links and the declared site", () => {
  test.each<[string, () => Patient, RegExp]>([
    ["a link is down", () => patient({ carrier: () => "down" }), /^warning: wan_two: eth2 is down/],
    [
      "a gateway is silent",
      () => patient({ answers: () => false }),
      /^warning: wan_one: the gateway 149\.99\.251\.145 does not answer/,
    ],
    [
      "a device is missing",
      () => patient({ site: { ...site, lan: { device: "eth9", networks: ["172.16.1.0/24"] } } }),
      /^problem: multiwan:site\.lan.*no device eth9/,
    ],
    [
      "a rule in the way",
      () =>
        patient(
          {},
          { rules: [...seen.snapshot.rules, { kind: "rule", priority: 1024, from: "10.0.0.0/8", table: 254 }] },
        ),
      /^problem: multiwan:site\.links\.wan_one\.priority: 1024 is taken/,
    ],
    [
      "a writer of the whole mark",
      () =>
        patient(
          {},
          withRules("mangle", "PREROUTING", "-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff"),
        ),
      /^problem: multiwan:site\.mask: .*whole mark/,
    ],
    [
      "a neighbour's bits",
      () =>
        patient(
          {},
          { devices: [...seen.snapshot.devices, { name: "tailscale0", up: true, type: "none", pointToPoint: true }] },
        ),
      /^warning: Tailscale is here: marks in 0xff0000/,
    ],
  ])("%s", (_, make, text) => {
    expect(bad(make())).toContainEqual(expect.stringMatching(text));
  });

  test("lines of this stack that no resource of the site stands for are named: no up or destroy takes them", () => {
    const { manifest } = patient();
    const [line] = [...manifest.values()].flatMap(({ lines }) => lines.filter(({ kind }) => kind === "rule"));
    const having = (owner: string) =>
      patient({ manifest: new Map([...manifest, [owner, { lines: [line!], found: [] }]]) });
    expect(bad(having("multiwan/lab/FwmarkRule/site-wan_old-rule"))).toContain(
      "warning: the router has lines of this stack that the site does not declare: FwmarkRule site-wan_old-rule (1 line)",
    );
    expect(bad(having("multiwan/other/FwmarkRule/site-wan_old-rule")).join()).not.toContain("does not declare");
  });

  test("what is not there yet is counted", () => {
    const rules = seen.snapshot.rules.filter(({ priority }) => priority !== 1025);
    expect(notes(patient({}, { rules }))).toContain("1 lines that it means are not on the router");
  });
});

describe("pitfalls", () => {
  test.each<[string, () => Patient, RegExp]>([
    [
      "strict filter, not the default",
      () => patient({ site: left() }, withSysctl({ "net.ipv4.conf.eth2.rp_filter": "1" })),
      /^problem: wan_two: its reverse path filter is strict/,
    ],
    [
      "strict by all, the default",
      () =>
        patient(
          { site: left() },
          withSysctl({ "net.ipv4.conf.all.rp_filter": "1", "net.ipv4.conf.eth1.rp_filter": "0" }),
        ),
      /^warning: wan_one: .*all 1, eth1 0.*as soon as/,
    ],
    [
      "reply-only cannot be strict",
      () =>
        patient(
          { site: { ...left(), marking: "reply-only" } },
          withSysctl({ "net.ipv4.conf.eth2.rp_filter": "1", "net.ipv4.conf.eth2.src_valid_mark": "1" }),
        ),
      /^problem: wan_two: .*reply-only/,
    ],
    [
      "strict inside, tables without the LAN",
      () =>
        patient(
          {},
          {
            ...withSysctl({ "net.ipv4.conf.eth0.rp_filter": "1", "net.ipv4.conf.eth0.src_valid_mark": "1" }),
            routes: seen.snapshot.routes.filter(
              ({ table, destination }) => !(table === 2 && destination === "172.16.1.0/24"),
            ),
          },
        ),
      /^problem: eth0 is strict and looks at marks.*wan_two/,
    ],
    [
      "a service on every address",
      () => patient(facts({ wildcardUdp: [53] })),
      /^warning: UDP port 53 of the router is open on wan_two/,
    ],
    [
      "NOTRACK",
      () => patient({}, withRules("raw", "PREROUTING", "-i eth1 -p udp -j CT --notrack")),
      /^warning: "-t raw .*out of connection tracking/,
    ],
    [
      "clamp with another MTU",
      () =>
        patient(
          facts({
            mtu: new Map([
              ["eth1", 1500],
              ["eth2", 1400],
            ]),
          }),
          withRules("mangle", "FORWARD", "-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu"),
        ),
      /^warning: .*wan_two has an MTU of 1400/,
    ],
    [
      "flow offload",
      () => patient({}, withRules("filter", "FORWARD", "-j FLOWOFFLOAD")),
      /^warning: connections are offloaded/,
    ],
    [
      "flowtable",
      () => patient(facts({}, { offload: "nft" })),
      /^warning: connections are offloaded \(an nft flowtable/,
    ],
    [
      "whole mark without a site",
      () =>
        patient({ site: undefined }, withRules("mangle", "PREROUTING", "-i eth3 -j MARK --set-xmark 0x1/0xffffffff")),
      /^warning: .*writes the whole mark/,
    ],
  ])("%s", (_, make, text) => {
    expect(bad(make())).toContainEqual(expect.stringMatching(text));
  });

  test.each<[string, () => Patient]>([
    [
      "NOTRACK of a device that is none of ours",
      () => patient({}, withRules("raw", "PREROUTING", "-i eth3 -j CT --notrack")),
    ],
    [
      "a service that INPUT shuts",
      () =>
        patient(facts({ wildcardUdp: [53] }), withRules("filter", "INPUT", "-i eth2 -p udp -m udp --dport 53 -j DROP")),
    ],
    ["DHCP, and a client's own port", () => patient(facts({ wildcardUdp: [67, 68, 40000] }))],
    [
      "a clamp where all MTUs are alike",
      () =>
        patient(
          {},
          withRules("mangle", "FORWARD", "-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu"),
        ),
    ],
  ])("nothing of: %s", (_, make) => {
    expect(bad(make())).toEqual([]);
  });

  test("a strict filter that looks at marks is no pitfall", () => {
    const settings = { "net.ipv4.conf.eth2.rp_filter": "1", "net.ipv4.conf.eth2.src_valid_mark": "1" };
    const texts = examine(patient({ site: left() }, withSysctl(settings))).map(({ text }) => text);
    expect(texts).toContainEqual(expect.stringMatching(/^reverse path filter: .*eth2 strict/));
  });

  test("a small MTU that nothing clamps is a note", () => {
    const one = patient(
      facts({
        mtu: new Map([
          ["eth1", 1500],
          ["eth2", 1492],
        ]),
      }),
    );
    expect(notes(one)).toContainEqual(expect.stringMatching(/wan_two has an MTU of 1492/));
  });
});

test("a rule that has come in front of a managed jump, where it ends the chain for packets of the site", () => {
  expect(bad(patient({}, withRules("nat", "PREROUTING", "-j ACCEPT")))).toEqual([
    expect.stringMatching(/^problem: "-t nat -A PREROUTING -j ACCEPT" stands in front of .*tcp 123.234.1.11:1494/),
  ]);
  expect(bad(patient({}, withRules("nat", "PREROUTING", "-i docker0 -j ACCEPT")))).toEqual([]);
});

describe("what was left behind", () => {
  const lock = (until: number, boot = seen?.snapshot.bootId ?? "") => ({ run: "aa", until, boot, who: "anna@laptop" });
  test.each<[string, () => Patient, RegExp]>([
    [
      "a lock past its time",
      () => patient(facts({ lock: lock(1, seen.snapshot.bootId) })),
      /^warning: the lock of anna@laptop was left behind/,
    ],
    ["a lock of another boot", () => patient(facts({ lock: lock(1e9, "zz") })), /^warning: the lock of anna@laptop/],
    [
      "a change that hangs",
      () => patient(facts({ transactions: [{ name: "tx.aa", phase: "armed" }] })),
      /^problem: .*never confirmed \(armed\)/,
    ],
    [
      "a way back that failed",
      () => patient(facts({ reverted: "stuck" })),
      /^problem: .*could not take all of it back/,
    ],
    [
      "a damaged boot file",
      () => patient(facts({}, { "file:/etc/multiwan/boot": "damaged" })),
      /^problem: \/etc\/multiwan\/boot is damaged/,
    ],
    [
      "an edited boot file",
      () => patient({}, { boot: { ...seen.snapshot.boot, text: `${seen.snapshot.boot.text}ip rule flush\n` } }),
      /^warning: a reboot would not bring back/,
    ],
    [
      "a line that is gone",
      () => patient({}, { rules: seen.snapshot.rules.filter(({ priority }) => priority !== 1025) }),
      /^warning: the router is not as it was left/,
    ],
  ])("%s", (_, make, text) => {
    expect(bad(make())).toContainEqual(expect.stringMatching(text));
  });

  test("somebody at work, and a change that took itself back, are notes", () => {
    const held = patient(
      facts({ lock: lock(1e9, seen.snapshot.bootId), transactions: [{ name: "tx.aa", phase: "armed" }] }),
    );
    expect(notes(held)).toContainEqual(expect.stringMatching(/anna@laptop is changing this router/));
    expect(bad(held)).toEqual([]);
    expect(notes(patient(facts({ reverted: "undone" })))).toContainEqual(
      expect.stringMatching(/taken it back by itself/),
    );
  });
});

describe("live", () => {
  test("a router with a site on it is fine, by one login that changes nothing", async () => {
    const dump = await lab.router.dump();
    const logins = await lab.router.handshakes();
    const { exitCode, counts, findings } = await op.json<Report>("doctor");
    expect(await lab.router.handshakes()).toBe(logins + 1);
    expect(await lab.router.dump()).toBe(dump);
    expect({ exitCode, problem: counts.problem }).toEqual({ exitCode: 0, problem: 0 });
    const texts = findings.map(({ text }) => text);
    expect(texts).toContainEqual(
      expect.stringMatching(/^policy rules of others.*\n500: from 10\.99\.0\.0\/16 lookup foreign_vpn/),
    );
    expect(texts).toContain("wan_two: eth2 is up");
    expect(texts).toContain(
      "this session came in by 192.168.99.1 port 22, from 192.168.99.2; nothing is published there",
    );
  });

  test("what is broken on the router is found there, and the exit code says so", async () => {
    await lab.router.exec(
      "ip rule add pref 1025 from 10.0.0.0/8 lookup main; sysctl -qw net.ipv4.ip_forward=0; mkdir -p /run/multiwan/tx.dead; : >/run/multiwan/tx.dead/armed; echo 'dead 1 zz' >/run/multiwan/lock",
    );
    const { code, stdout } = await op.multiwan("doctor", "--quiet");
    expect(code).toBe(1);
    expect(stdout).toContain("problem  multiwan:site.links.wan_two.priority: 1025 is taken on the router");
    expect(stdout).toContain("problem  net.ipv4.ip_forward is 0");
    expect(stdout.split("ip_forward is 0")).toHaveLength(2);
    expect(stdout).toContain("tx.dead is a change that was never confirmed (armed)");
    expect(stdout).toContain("the lock of somebody was left behind");
    expect(stdout).not.toContain("ok       ");
    await lab.router.exec(
      "ip rule del pref 1025 from 10.0.0.0/8; sysctl -qw net.ipv4.ip_forward=1; rm -rf /run/multiwan/tx.dead /run/multiwan/lock",
    );
    expect((await op.multiwan("doctor")).code).toBe(0);
  });
});
