/** `multiwan doctor`: every finding on a router that is made to have it, in a real snapshot that is altered; and live. */

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { examine } from "../../provider/cli/doctor/examine.ts";
import { FACTS_SCRIPT } from "../../provider/cli/doctor/facts.ts";
import type { Finding } from "../../provider/cli/doctor/finding.ts";
import type { Patient } from "../../provider/cli/doctor/patient.ts";
import { look } from "../../provider/cli/look.ts";
import { checkSite } from "../../provider/site/check.ts";
import { openSession, type Session } from "../../provider/ssh/session.ts";
import { parseRouterSettings } from "../../provider/ssh/settings.ts";
import { labSite } from "../drive/index.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { type Altered, alteredBy, lock } from "./altered.ts";
import { type Operator, operatorOf } from "./command.ts";
import { deployed } from "./deployed.ts";
import { ABILITIES, DECLARED, HARMLESS, LEFT_BEHIND, left, NOTES, PITFALLS } from "./doctor-cases.ts";

interface Report {
  readonly counts: Record<string, number>;
  readonly findings: readonly Finding[];
}

let lab: Lab;
let op: Operator;
let session: Session;
let d: Altered;

beforeAll(async () => {
  lab = await startLab();
  await startSite(lab);
  await deployed(lab);
  op = operatorOf(lab);
  const { host, port } = await lab.tunnel();
  const parsed = parseRouterSettings({ ...op.router, host, port });
  const checked = checkSite(labSite());
  if (!("settings" in parsed) || !("site" in checked)) throw new Error("the lab's own config has faults");
  session = await openSession(parsed.settings);
  d = alteredBy(await look(session, parsed.settings, FACTS_SCRIPT), checked.site);
});
afterAll(async () => {
  await session?.close();
  op?.[Symbol.dispose]();
  await lab?.stop();
});

const bad = (one: Patient) =>
  examine(one)
    .filter(({ level }) => level === "warning" || level === "problem")
    .map(({ level, text }) => `${level}: ${text.split("\n")[0]}`);
const notes = (one: Patient) =>
  examine(one)
    .filter(({ level }) => level === "note")
    .map(({ text }) => text);

test("a healthy router has neither warnings nor problems", () => {
  expect(bad(d.patient())).toEqual([]);
});

describe("what it can do", () => {
  test.each(NOTES)("note: %s", (_, make, text) => {
    expect(notes(make(d))).toContainEqual(expect.stringMatching(text));
  });

  test.each(ABILITIES)("%s", (_, make, text) => {
    expect(bad(make(d))).toContainEqual(expect.stringMatching(text));
  });
});

describe("links and the declared site", () => {
  test.each(DECLARED)("%s", (_, make, text) => {
    expect(bad(make(d))).toContainEqual(expect.stringMatching(text));
  });

  test("lines of this stack that no resource of the site stands for are named: no up or destroy takes them", () => {
    const { manifest } = d.patient();
    const [line] = [...manifest.values()].flatMap(({ lines }) => lines.filter(({ kind }) => kind === "rule"));
    const having = (owner: string) =>
      d.patient({ manifest: new Map([...manifest, [owner, { lines: [line!], found: [] }]]) });
    expect(bad(having("multiwan/lab/FwmarkRule/site-wan_old-rule"))).toContain(
      "warning: the router has lines of this stack that the site does not declare: FwmarkRule site-wan_old-rule (1 line)",
    );
    expect(bad(having("multiwan/other/FwmarkRule/site-wan_old-rule")).join()).not.toContain("does not declare");
  });

  test("what is not there yet is counted", () => {
    const rules = d.seen.snapshot.rules.filter(({ priority }) => priority !== 1025);
    expect(notes(d.patient({}, { rules }))).toContain("1 lines that it means are not on the router");
  });
});

describe("pitfalls", () => {
  test.each(PITFALLS)("%s", (_, make, text) => {
    expect(bad(make(d))).toContainEqual(expect.stringMatching(text));
  });

  test.each(HARMLESS)("nothing of: %s", (_, make) => {
    expect(bad(make(d))).toEqual([]);
  });

  test("a strict filter that looks at marks is no pitfall", () => {
    const settings = { "net.ipv4.conf.eth2.rp_filter": "1", "net.ipv4.conf.eth2.src_valid_mark": "1" };
    const texts = examine(d.patient({ site: left(d.site) }, d.withSysctl(settings))).map(({ text }) => text);
    expect(texts).toContainEqual(expect.stringMatching(/^reverse path filter: .*eth2 strict/));
  });

  test("a small MTU that nothing clamps is a note", () => {
    const one = d.patient(
      d.facts({
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
  expect(bad(d.patient({}, d.withRules("nat", "PREROUTING", "-j ACCEPT")))).toEqual([
    expect.stringMatching(/^problem: "-t nat -A PREROUTING -j ACCEPT" stands in front of .*tcp 123.234.1.11:1494/),
  ]);
  expect(bad(d.patient({}, d.withRules("nat", "PREROUTING", "-i docker0 -j ACCEPT")))).toEqual([]);
});

describe("what was left behind", () => {
  test.each(LEFT_BEHIND)("%s", (_, make, text) => {
    expect(bad(make(d))).toContainEqual(expect.stringMatching(text));
  });

  test("somebody at work, and a change that took itself back, are notes", () => {
    const held = d.patient(
      d.facts({ lock: lock(1e9, d.seen.snapshot.bootId), transactions: [{ name: "tx.aa", phase: "armed" }] }),
    );
    expect(notes(held)).toContainEqual(expect.stringMatching(/anna@laptop is changing this router/));
    expect(bad(held)).toEqual([]);
    expect(notes(d.patient(d.facts({ reverted: "undone" })))).toContainEqual(
      expect.stringMatching(/rolled it back by itself/),
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
