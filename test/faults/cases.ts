/** The faults. Each case is a change from one state to another, something that goes wrong in it, and what may come of it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "../lab/index.ts";
import { type Bench, CONFIRM, type Finding, type JudgeOptions } from "./bench.ts";
import { type Answer, MOMENTS, type Moment, Operator } from "./operator.ts";
import { powerOff, powerOn } from "./reboot.ts";
import { behave, type Caller, type Mischief, misbehave } from "./shims.ts";
import { type Goal, type Resource, resourcesOf } from "./site.ts";

export interface Case {
  readonly fault: string;
  readonly name: string;
  readonly from: Goal;
  readonly to: Goal;
  play(bench: Bench): Promise<Finding[]>;
}

export type Change = readonly [from: Goal, to: Goal];
export const CHANGES: readonly Change[] = [
  ["none", "site"],
  ["site", "moved"],
  ["moved", "site"],
  ["site", "none"],
  ["site", "replies"],
  ["replies", "site"],
];
const title = ([from, to]: Change) => `${from}>${to}`;

const make = (
  fault: string,
  name: string,
  change: Change,
  play: (
    bench: Bench,
    judge: (allowed: readonly Goal[], options?: JudgeOptions) => Promise<Finding[]>,
  ) => Promise<Finding[]>,
): Case => ({
  ...{ fault, name: `${title(change)} ${name}`, from: change[0], to: change[1] },
  play: (bench) => play(bench, (allowed, options) => bench.judge(allowed, change[1], options)),
});

/** Did the run say that all of it is in force, or that nothing of it is? */
export function told(answer: Answer | undefined): boolean | undefined {
  if (!answer) return undefined;
  const said = Object.values(answer.failures).join("\n");
  if (said === "") return true;
  return /taken (it )?back|nothing was changed|rolled back/i.test(said) && !/was made|look at it/.test(said)
    ? false
    : undefined;
}

const isBefore = (moment: Moment, other: Moment) => MOMENTS.indexOf(moment) < MOMENTS.indexOf(other);

/** Before the first byte of a change is sent nothing may happen, after its confirmation nothing may be undone. */
function mayBe(moment: Moment, [from, to]: Change): Goal[] {
  if (isBefore(moment, "begin-sent")) return [from];
  return isBefore(moment, "confirm-answered") ? [from, to] : [to];
}

// F1: the operator is killed.
export const f1 = (change: Change, moment: Moment): Case =>
  make("F1", `killed at ${moment}`, change, async (bench, judge) => {
    const run = await bench.operator.run(bench.command(change[1], { at: moment, act: "die" }));
    const answer = await run.done;
    const findings = await judge(mayBe(moment, change));
    return answer && change[0] !== change[1] ? [...findings, missed(moment)] : findings;
  });

export const f1Random = (change: Change, ms: number): Case =>
  make("F1", `killed after ${ms} ms`, change, async (bench, judge) => {
    const run = await bench.operator.run(bench.command(change[1]));
    await sleep(ms);
    await bench.operator.kill();
    return judge([...change], { returned: told(await run.done) });
  });

const missed = (what: string): Finding => ({ verdict: "not hit", text: `the fault did not happen: ${what}` });

// F2: the network is cut.
export type Cut = "both ways" | "to the router" | "from the router" | "nine packets in ten";
const CUTS: Record<Cut, readonly [cut: string, heal: string]> = {
  "both ways": ["ip link set eth0 down", "ip link set eth0 up"],
  "to the router": ["iptables-nft -I OUTPUT -j DROP", "iptables-nft -F OUTPUT"],
  "from the router": ["iptables-nft -I INPUT -j DROP", "iptables-nft -F INPUT"],
  "nine packets in ten": [
    "iptables-nft -I INPUT -m statistic --mode random --probability 0.9 -j DROP",
    "iptables-nft -F INPUT",
  ],
};
export const CUT_NAMES = Object.keys(CUTS) as Cut[];

export const f2 = (change: Change, moment: Moment, cut: Cut, seconds: number): Case =>
  make("F2", `${cut} for ${seconds} s at ${moment}`, change, async (bench, judge) => {
    const run = await bench.operator.run(bench.command(change[1], { at: moment, act: "stop" }));
    if (!(await run.reached)) return [missed(moment)];
    await outside(bench.lab, CUTS[cut][0]);
    bench.operator.go();
    await sleep(seconds * 1000);
    await outside(bench.lab, CUTS[cut][1]);
    const answer = await run.done;
    return judge([...change], { returned: told(answer) });
  });

async function outside(lab: Lab, script: string): Promise<void> {
  const { code, stderr } = await lab.run("operator", ["sh", "-c", script]);
  if (code !== 0) throw new Error(stderr);
}

// F3: the apply, or the operator's shell on the router, is killed between two commands.
export const f3 = (change: Change, caller: "apply" | "session", k: number, when: "before" | "after"): Case =>
  make("F3", `${caller} killed ${when} command ${k}`, change, async (bench, judge) => {
    await misbehave(bench.lab, { caller, k, when, does: { kill: true } });
    const answer = await bench.try(change[1]);
    const left = await bench.settled();
    await behave(bench.lab);
    return ended(bench, left, (options) => judge([...change], { ...options, returned: told(answer) }));
  });

/** A lock whose owner is dead goes after its time, which is made to pass. */
async function ended(
  bench: Bench,
  left: readonly string[],
  judge: (options: JudgeOptions) => Promise<Finding[]>,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  try {
    return [
      ...(await judge({
        left,
        mayLeave: left.length > 0,
        before: async () => {
          if (left.some((path) => path.endsWith("/lock"))) {
            const { failures } = await bench.try(bench.at === "none" ? "site" : "none", {});
            if (!/another run is changing/.test(Object.values(failures).join()))
              findings.push({
                verdict: "unexplained",
                text: `a lock that was left is not told: ${JSON.stringify(failures).slice(0, 400)}`,
              });
            await travel(bench.lab, 200);
          }
        },
      })),
      ...findings,
    ];
  } finally {
    await bench.lab.router.exec("umount /proc/uptime 2>/dev/null || :");
  }
}

/** Time since boot jumps; nothing else on a router could do that. */
export async function travel(lab: Lab, seconds: number): Promise<void> {
  await lab.router.exec(
    `read -r u rest </proc/uptime; echo "$((\${u%%.*} + ${seconds})).00 $rest" >/tmp/.uptime; mount --bind /tmp/.uptime /proc/uptime`,
  );
}

// F4: watchers are killed or stopped, and the operator goes on or is gone.
export type Blow = "KILL 1" | "KILL 2" | "KILL both" | "STOP 1" | "STOP 2" | "STOP both";
export const BLOWS: readonly Blow[] = ["KILL 1", "KILL 2", "KILL both", "STOP 1", "STOP 2", "STOP both"];

export const f4 = (change: Change, blow: Blow, operator: "goes on" | "is gone", ms: number): Case =>
  make("F4", `watchers ${blow} after ${ms} ms, the operator ${operator}`, change, async (bench, judge) => {
    const run = await bench.operator.run(bench.command(change[1], { at: "begin-answered", act: "stop" }));
    if (!(await run.reached)) return [missed(blow)];
    const [signal = "", which = ""] = blow.split(" ");
    await sleep(ms);
    const files = which === "both" ? "alive.1 alive.2" : `alive.${which}`;
    const strike = (name: string) =>
      bench.lab.router.exec(
        `cd /run/multiwan/tx.* 2>/dev/null || exit 0; for f in ${files}; do read -r p <$f; kill -${name} $p; done; true`,
      );
    await strike(signal);
    if (operator === "goes on") {
      bench.operator.go();
      const answer = await run.done;
      if (signal === "STOP") await bench.lab.router.exec(CONTINUE);
      return judge(ms < CONFIRM * 1000 - 1500 ? [change[1]] : [...change], { returned: told(answer) });
    }
    await bench.operator.kill();
    if (blow === "STOP both") {
      await sleep(CONFIRM * 1000 + 500);
      await strike("CONT");
      return judge([change[0]]);
    }
    const left = await bench.settled();
    await bench.lab.router.exec(CONTINUE);
    // With nobody left the change stays, unconfirmed and not on the disk: the next run is told, waits, and takes it back.
    return ended(bench, left, (options) => judge([change[0]], { ...options, judged: blow !== "KILL both" }));
  });

const CONTINUE = `for d in /proc/[0-9]*; do read -r c <$d/cmdline 2>/dev/null || :
case $c in */watch.sh?) kill -CONT \${d#/proc/} ;; esac; done 2>/dev/null; true`;

// F5: killed inside the rollback; the other watcher takes over.
export const f5 = (change: Change, k: number, when: "before" | "after", whom: "undo" | "watcher"): Case =>
  make("F5", `${whom} killed ${when} command ${k} of the way back`, change, async (bench, judge) => {
    const parent = `while read -r key v rest; do [ $key = PPid: ] && kill -9 $v; done <"/proc/$top/status"`;
    const does: Mischief["does"] = whom === "undo" ? { kill: true } : { shell: parent };
    const run = await bench.operator.run(bench.command(change[1], { at: "begin-answered", act: "stop" }));
    if (!(await run.reached)) return [missed("begin-answered")];
    await misbehave(bench.lab, { caller: "undo", k, when, does });
    await bench.operator.kill();
    return judge([change[0]], { mustHit: true });
  });

// F6: the router reboots.
export const f6 = (change: Change, moment: Moment): Case =>
  make("F6", `reboot at ${moment}`, change, async (bench, judge) => {
    await bench.dropHeld();
    const run = await bench.operator.run(bench.command(change[1], { at: moment, act: "stop" }));
    if (!(await run.reached)) return [missed(moment)];
    await powerOff(bench.lab);
    await powerOn(bench.lab, bench.options);
    bench.operator.go();
    const answer = await run.done;
    // A run that finds its router rebooted may do its work again.
    return judge([...change], { returned: told(answer) });
  });

/** The router reboots in the middle of its k-th command; nobody is there to go on afterwards. */
export const f6At = (change: Change, caller: Caller, k: number): Case =>
  make("F6", `reboot in command ${k} of ${caller}`, change, async (bench, judge) => {
    await bench.dropHeld();
    await misbehave(bench.lab, { caller, k, does: { shell: 'kill -STOP "$top"; kill -STOP $$' } });
    const run = await bench.operator.run(bench.command(change[1]));
    await Promise.race([run.done, untilHit(bench.lab)]);
    await bench.operator.kill();
    await powerOff(bench.lab);
    const { hit } = await behave(bench.lab);
    await powerOn(bench.lab, bench.options);
    return judge(caller === "apply" && hit ? [change[0]] : [...change]);
  });

async function untilHit(lab: Lab): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if ((await lab.router.exec("ls /usr/local/sbin/.shim/hit 2>/dev/null || :")) !== "") return;
    await sleep(100);
  }
}

// F8: file systems.
interface Disk {
  readonly spoil: string;
  readonly heal: string;
  /** What must be true right after the run; on the router. */
  readonly after?: string;
  /** The run is to succeed, or the router is to be as before. */
  readonly goes: "well" | "wrong" | "either";
  readonly at?: Moment;
}
const READ_ONLY = "mount -o remount,ro /";
const IS_READ_ONLY =
  "while read -r a d t o x; do [ $d != / ] || v=$o; done </proc/mounts; case $v in ro*) ;; *) exit 1;; esac";
const IS_WRITABLE =
  "while read -r a d t o x; do [ $d != / ] || v=$o; done </proc/mounts; case $v in rw*) ;; *) exit 1;; esac";
const full = (dir: string): Disk => ({
  spoil: `mkdir -p ${dir} /tmp/full; cp -a ${dir}/. /tmp/full/; mount -t tmpfs -o size=64k tmpfs ${dir}; cp -a /tmp/full/. ${dir}/; cat /dev/zero >${dir}/zero 2>/dev/null; rm -rf /tmp/full; true`,
  heal: `umount ${dir}; rmdir /etc/multiwan 2>/dev/null || :`,
  after: IS_WRITABLE,
  goes: "either",
});
const FILL_RUN = "mount -o remount,size=1m /run; cat /dev/zero >/run/zero 2>/dev/null; true";
const EMPTY_RUN = "rm -f /run/zero; mount -o remount,size=50% /run";
export const DISKS: Readonly<Record<string, Disk>> = {
  "read-only root": { spoil: READ_ONLY, heal: "mount -o remount,rw /", after: IS_READ_ONLY, goes: "well" },
  "read-only root that cannot be made writable": {
    spoil: `${READ_ONLY}; rm /usr/local/sbin/mount; printf '#!/bin/sh\\nexit 32\\n' >/usr/local/sbin/mount; chmod 755 /usr/local/sbin/mount`,
    heal: "ln -f /usr/local/sbin/shim /usr/local/sbin/mount; mount -o remount,rw /",
    after: IS_READ_ONLY,
    goes: "either",
  },
  "read-only root that is busy once": {
    spoil: `${READ_ONLY}; rm -f /usr/local/sbin/mount /tmp/.busy; cat >/usr/local/sbin/mount <<'X'
#!/bin/sh
case "$*" in *remount,ro*) [ -e /tmp/.busy ] || { : >/tmp/.busy; exit 32; } ;; esac
PATH=/usr/bin:/bin; exec mount "$@"
X
chmod 755 /usr/local/sbin/mount`,
    heal: "ln -f /usr/local/sbin/shim /usr/local/sbin/mount; mount -o remount,rw /",
    after: IS_READ_ONLY,
    goes: "well",
  },
  "full /etc/multiwan": full("/etc/multiwan"),
  "full /etc/iproute2": full("/etc/iproute2"),
  "full /run": { spoil: FILL_RUN, heal: EMPTY_RUN, goes: "wrong" },
  "full /run from the change on": { spoil: FILL_RUN, heal: EMPTY_RUN, goes: "either", at: "begin-answered" },
  "read-only /run from the change on": {
    spoil: "mount -o remount,ro /run",
    heal: "mount -o remount,rw /run",
    goes: "either",
    at: "begin-answered",
  },
};

export const f8 = (change: Change, name: string): Case =>
  make("F8", name, change, async (bench, judge) => {
    const { spoil, heal, after = "true", goes, at } = DISKS[name]!;
    const { router } = bench.lab;
    const extra: Finding[] = [];
    let answer: Answer | undefined;
    if (at) {
      const run = await bench.operator.run(bench.command(change[1], { at, act: "stop" }));
      if (!(await run.reached)) return [missed(at)];
      await router.exec(spoil);
      bench.operator.go();
      answer = await run.done;
    } else {
      await router.exec(spoil);
      answer = await bench.try(change[1]);
    }
    await router
      .exec(after)
      .catch(() => extra.push({ verdict: "unexplained", text: `the root is not as it was: ${name}` }));
    await router.exec(heal);
    const well = Object.keys(answer!.failures).length === 0;
    if ((goes === "well" && !well) || (goes === "wrong" && well))
      extra.push({
        verdict: "unexplained",
        text: `it was to go ${goes}: ${JSON.stringify(answer!.failures).slice(0, 500)}`,
      });
    const left = await bench.settled();
    // What is in force but not on the disk is neither one nor the other: the next run mends it.
    const unpersisted = /could not be written to the disk/.test(JSON.stringify(answer!.failures));
    const judged = await ended(bench, left, (options) =>
      judge([...change], { ...options, judged: !unpersisted, returned: unpersisted ? undefined : told(answer) }),
    );
    return [...extra, ...judged];
  });

// F9: somebody else is at work.
export const EDITS: Readonly<Record<string, { readonly edit: string; readonly undo: string; readonly line: RegExp }>> =
  {
    "a filter rule at the end": {
      edit: "iptables -A FORWARD -s 10.5.5.5/32 -j ACCEPT",
      undo: "iptables -D FORWARD -s 10.5.5.5/32 -j ACCEPT",
      line: /10\.5\.5\.5/,
    },
    "a mangle rule first": {
      edit: "iptables -t mangle -I PREROUTING 1 -s 10.5.5.6/32 -j RETURN",
      undo: "iptables -t mangle -D PREROUTING -s 10.5.5.6/32 -j RETURN",
      line: /10\.5\.5\.6/,
    },
    "a nat rule last": {
      edit: "iptables -t nat -A POSTROUTING -s 10.5.5.7/32 -j MASQUERADE",
      undo: "iptables -t nat -D POSTROUTING -s 10.5.5.7/32 -j MASQUERADE",
      line: /10\.5\.5\.7/,
    },
    "an ip rule": {
      edit: "ip rule add pref 700 from 10.5.5.8 lookup 77",
      undo: "ip rule del pref 700 from 10.5.5.8 lookup 77",
      line: /10\.5\.5\.8/,
    },
    "a route": {
      edit: "ip route add 10.55.0.0/16 via 172.16.1.50 table 77",
      undo: "ip route del 10.55.0.0/16 via 172.16.1.50 table 77",
      line: /10\.55\.0\.0/,
    },
    "a table's name": {
      edit: "echo '88 human' >>/etc/iproute2/rt_tables",
      undo: "sed -i '/88 human/d' /etc/iproute2/rt_tables",
      line: /88 human/,
    },
    "an address": {
      edit: "ip addr add 10.5.5.9/32 dev eth0",
      undo: "ip addr del 10.5.5.9/32 dev eth0",
      line: /10\.5\.5\.9/,
    },
  };

export const f9 = (change: Change, moment: Moment, edit: string, next: "goes on" | "dies"): Case =>
  make("F9", `${edit} by hand at ${moment}, the operator ${next}`, change, async (bench, judge) => {
    const { edit: words, undo, line } = EDITS[edit]!;
    const { router } = bench.lab;
    const run = await bench.operator.run(bench.command(change[1], { at: moment, act: "stop" }));
    if (!(await run.reached)) return [missed(moment)];
    await router.exec(words);
    if (next === "dies") await bench.operator.kill();
    else bench.operator.go();
    const answer = await run.done;
    const findings = await judge([...change], { ignore: (text) => line.test(text), returned: told(answer) });
    if (!line.test(await router.dump()))
      findings.push({ verdict: "foreign lost", text: `what was typed meanwhile: ${edit}` });
    else await router.exec(undo);
    return findings;
  });

const OWN: Readonly<Record<string, string>> = {
  "an ip rule of ours deleted": "ip rule del pref 1024",
  "a chain of ours emptied": "iptables -t mangle -F mw-site-mark",
  "an address of ours deleted": "ip addr del 123.234.1.11/32 dev eth1",
  "a default of ours deleted": "ip route del default table 1",
};
export const OWN_NAMES = Object.keys(OWN);

/** Whatever a hand does to our lines: it is never a lock-out or a loss for others, and the next run mends it. */
export const f9Own = (change: Change, moment: Moment, edit: string): Case =>
  make("F9", `${edit} by hand at ${moment}`, change, async (bench, judge) => {
    const run = await bench.operator.run(bench.command(change[1], { at: moment, act: "stop" }));
    if (!(await run.reached)) return [missed(moment)];
    await bench.lab.router.exec(`${OWN[edit]} || :`);
    bench.operator.go();
    await run.done;
    const left = await bench.settled();
    await bench.dropHeld();
    return ended(bench, left, (options) => judge([...change], { ...options, judged: false }));
  });

/** Two operators of the same stack at once: one after the other, or one of them is told who is there. */
export const f9Two = (change: Change, other: Goal, ms: number): Case =>
  make("F9", `a second operator to "${other}" after ${ms} ms`, change, async (bench, judge) => {
    const { lab, operator, settings } = bench;
    const second = new Operator(lab, "second");
    try {
      await lab.run("operator", ["cp", operator.stateFile, second.stateFile]);
      await second.start();
      const first = await operator.run(bench.command(change[1]));
      await sleep(ms);
      const run = await second.run({ ...bench.command(other), router: settings });
      const answers = await Promise.all([first.done, run.done]);
      const judged = await judge([change[0], change[1], other]);
      const odd = answers
        .flatMap((a) => Object.values(a!.failures))
        .filter((text) => !/another run is changing|keeps changing|not applied/.test(text));
      return [...judged, ...odd.slice(0, 1).map((text): Finding => ({ verdict: "unexplained", text }))];
    } finally {
      await second.kill();
      second.loseState();
    }
  });

// F10: tools.
export const f10 = (change: Change, name: string, mischief: Mischief): Case =>
  make("F10", name, change, async (bench, judge) => {
    await misbehave(bench.lab, mischief);
    const answer = await bench.try(change[1]);
    const left = await bench.settled();
    await behave(bench.lab);
    return ended(bench, left, (options) => judge([...change], { ...options, returned: told(answer) }));
  });

// F11: wrong intentions.
const extra = (kind: string, args: object): Resource => ({ kind, name: `wrong-${kind}`, args, dependsOn: [] });
const door = (entry: object) => extra("ServerMap", { map: "wrong", entries: [entry] });
const PORT_22 = { protocol: "tcp", port: 22, server: "172.16.1.131" };
const MARKED = { chain: "wrong", mask: 0xf0000000, marking: "every-packet" };
export const INTENTIONS: Readonly<Record<string, (site: readonly Resource[]) => readonly Resource[]>> = {
  "a door that captures the port of the operator's connection": (site) => [
    ...site,
    door({ ...PORT_22, address: "192.168.99.1" }),
  ],
  "a range of doors around that port": (site) => [
    ...site,
    door({ ...PORT_22, port: "1-65535", address: "192.168.99.1" }),
  ],
  "the router's replies to the operator by a link": (site) => [
    ...site,
    extra("SourceRule", { source: "192.168.99.1", table: 1 }),
  ],
  "the management network by a link": (site) => [...site, extra("SourceRule", { source: "192.168.99.0/24", table: 2 })],
  "the management device as a link": (site) => [
    ...site,
    extra("WanLink", { linkId: 3, link: "wrong", device: "eth3", gateway: "192.168.99.2", addresses: [], table: 1 }),
  ],
  "the operator's packets marked for a link": (site) => [
    ...site,
    extra("ConnmarkChain", { ...MARKED, links: [{ link: "wrong", device: "eth3", mark: 0x10000000 }] }),
    extra("FwmarkRule", { mark: 0x10000000, mask: 0xf0000000, table: 1, priority: 1030 }),
  ],
  "the management address on a link": (site) => [
    ...site,
    extra("WanLink", {
      ...{ linkId: 3, link: "wrong", device: "eth1", gateway: "149.99.251.145", table: 1 },
      addresses: ["192.168.99.1"],
    }),
  ],
  "the operator's address on a link": (site) => [
    ...site,
    extra("WanLink", {
      ...{ linkId: 3, link: "wrong", device: "eth1", gateway: "149.99.251.145", table: 1 },
      addresses: ["192.168.99.2"],
    }),
  ],
  "a gateway that is nowhere": (site) =>
    site.map((r) => (r.kind === "DefaultRoute" ? { ...r, args: { ...r.args, gateway: "10.9.9.9" } } : r)),
  "a device that does not exist": (site) =>
    site.map((r) => (r.kind === "DefaultRoute" ? { ...r, args: { ...r.args, device: "eth9" } } : r)),
  "routes in the table of the kernel's own": (site) => [
    ...site,
    extra("RoutingTable", { table: 255, name: "wrong", device: "eth1", gateway: "149.99.251.145" }),
  ],
  "a rule before all others": (site) => [...site, extra("FwmarkRule", { mark: 0, mask: 1, table: 1, priority: 1 })],
  "a foreign table": (site) => [
    ...site,
    extra("RoutingTable", { table: 77, name: "wrong", device: "eth1", gateway: "149.99.251.145" }),
  ],
  "a foreign priority": (site) => [...site, extra("SourceRule", { source: "172.16.1.131", table: 1, priority: 500 })],
};

/** Refused, or taken back: in force only if everybody still gets in. */
export const f11 = (name: string): Case =>
  make("F11", name, ["site", "site"], async (bench) => {
    const resources = INTENTIONS[name]!(resourcesOf("site"));
    const answer = await bench.try("site", { resources });
    const said = Object.values(answer.failures);
    const left = await bench.settled();
    if (said.length > 0)
      return bench.judge(["site"], "site", { left, returned: told(answer) === false ? false : undefined });
    return bench.judge(["site"], "site", { left, judged: false });
  });

// F14: what is remembered is lost.
export const f14 = (change: Change, what: "state" | "manifest" | "both"): Case =>
  make("F14", `${what} lost`, change, async (bench, judge) => {
    if (what !== "manifest") bench.operator.loseState();
    if (what !== "state") await bench.lab.router.exec("rm -f /run/multiwan/manifest");
    return judge([change[0]], { judged: false, forgets: true });
  });
