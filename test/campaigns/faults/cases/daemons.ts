/** F9: other programs of the router do what they do, in the middle of a change. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "../../../lab/index.ts";
import { deviceOf } from "../../routers/script.ts";
import type { Finding } from "../judge.ts";
import type { Moment } from "../operator.ts";
import { type Case, type Change, ended, make, missed, told } from "./case.ts";
import { withTable } from "./edits.ts";

interface Daemon {
  readonly does: string;
  /** What it leaves is taken away again, so that the next case finds the router as it was. */
  readonly undo: string;
  /** Lines of the dump that are its own, and must be there afterwards. */
  readonly line?: RegExp;
  readonly lines?: number;
  /** It takes lines of ours away as well: whatever comes of that, the next run mends it. */
  readonly oursToo?: boolean;
  /** It takes others' lines away as well, where the router has such. */
  readonly labOnly?: boolean;
  /** Open connections stand still until then: nobody marks their packets. */
  readonly cuts?: boolean;
}

const BANS = "198\\.51\\.100\\.9[0-9]";
const DOCKER = "172.17.0.0/16";
export const DAEMONS: Readonly<Record<string, Daemon>> = {
  "fail2ban starts and bans": {
    does: `iptables -N f2b-sshd; iptables -A f2b-sshd -j RETURN; iptables -I INPUT 1 -p tcp --dport 22 -j f2b-sshd
for n in 1 2 3 4 5; do iptables -I f2b-sshd 1 -s 198.51.100.9$n -j REJECT; done`,
    undo: "iptables -D INPUT -p tcp --dport 22 -j f2b-sshd; iptables -F f2b-sshd; iptables -X f2b-sshd",
    line: new RegExp(`f2b-sshd|${BANS}`),
    lines: 8,
  },
  "docker starts": {
    does: `iptables -t nat -N DOCKER; iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
iptables -t nat -I POSTROUTING 1 -s ${DOCKER} ! -o docker0 -j MASQUERADE
iptables -N DOCKER; iptables -N DOCKER-USER; iptables -A DOCKER-USER -j RETURN
iptables -I FORWARD 1 -o docker0 -j DOCKER; iptables -I FORWARD 1 -j DOCKER-USER`,
    undo: `iptables -t nat -D PREROUTING -m addrtype --dst-type LOCAL -j DOCKER; iptables -t nat -X DOCKER
iptables -t nat -D POSTROUTING -s ${DOCKER} ! -o docker0 -j MASQUERADE
iptables -D FORWARD -j DOCKER-USER; iptables -D FORWARD -o docker0 -j DOCKER
iptables -F DOCKER-USER; iptables -X DOCKER-USER; iptables -X DOCKER`,
    line: /DOCKER|docker0/,
    lines: 8,
  },
  "a daemon adds and removes the same rule thirty times": {
    does: `i=0; while [ $i -lt 30 ]; do
  iptables -t mangle -A POSTROUTING -s 10.5.6.7 -j RETURN; iptables -t mangle -D POSTROUTING -s 10.5.6.7 -j RETURN
  i=$((i + 1)); done`,
    undo: ":",
  },
  "somebody holds the lock of iptables for two seconds": { does: "flock /run/xtables.lock sleep 2", undo: ":" },
  "somebody holds the lock of iptables for fifteen seconds": { does: "flock /run/xtables.lock sleep 15", undo: ":" },
  // Shorewall, firewall scripts: everything of a table goes, and what they know of comes back.
  "a firewall script loads mangle anew without our lines": {
    does: "iptables-save -t mangle | grep -v mw- >/tmp/.fw; iptables-restore </tmp/.fw; rm /tmp/.fw",
    undo: ":",
    oursToo: true,
    cuts: true,
  },
  "a firewall script loads nat anew without our lines": {
    does: "iptables-save -t nat | grep -v mw- >/tmp/.fw; iptables-restore </tmp/.fw; rm /tmp/.fw",
    undo: ":",
    oursToo: true,
  },
  // It lasts as long as a restart does: what it saved it restores over whatever has come meanwhile.
  "a daemon saves the filter table and restores it a second later": {
    does: "iptables-save -t filter >/tmp/.fw; sleep 1; iptables-restore </tmp/.fw; rm /tmp/.fw",
    undo: ":",
    oursToo: true,
  },
  // Not that of a link: links whose address is from DHCP are refused.
  "DHCP renews the address of the management device": {
    does: "ip addr change 192.168.99.1/24 dev eth3 valid_lft 600 preferred_lft 600",
    undo: "ip addr change 192.168.99.1/24 dev eth3 valid_lft forever preferred_lft forever",
    line: /inet 192\.168\.99\.1\/24/,
    lines: 1,
  },
  "DHCP takes the address of a link away and gives it again": {
    labOnly: true,
    does: "ip addr del 149.99.251.146/30 dev eth1; ip addr add 149.99.251.146/30 dev eth1",
    undo: ":",
    oursToo: true,
  },
  "networkd deletes the rules that it does not know": {
    labOnly: true,
    does: `ip rule show | while IFS=: read -r pref rest; do
  case $pref in 0|500|3276[67]) ;; *) ip rule del pref "$pref" ;; esac; done`,
    undo: ":",
    oursToo: true,
    cuts: true,
  },
  "a link loses its carrier and gets it again": { does: "", undo: ":" },
  "a link goes down and up": { does: "", undo: ":", oursToo: true, labOnly: true },
};

/** The cable is pulled on the other side; or an administrator takes the device down and up. */
const onLinks: Readonly<Record<string, (lab: Lab) => Promise<unknown>>> = {
  "a link loses its carrier and gets it again": (lab) =>
    lab.run("isp1", [
      ...["sh", "-c"],
      "ip route show dev rtr >/tmp/.routes; ip link set rtr down; sleep 0.3; ip link set rtr up; ip route add 123.234.1.0/24 via 149.99.251.146",
    ]),
  "a link goes down and up": async (lab) => {
    await lab.flapLink("eth1");
    await lab.router.exec(
      "[ ! -x /etc/network/if-up.d/multiwan ] || IFACE=eth1 MODE=start PHASE=post-up /etc/network/if-up.d/multiwan",
    );
  },
};

/** A device comes up in the middle of a change, and what starts at boot brings its lines back: those of the change's end. */
export const f9Ifup = (change: Change, moment: Moment, next: "goes on" | "dies"): Case =>
  make("F9", `ifup of a link at ${moment}, the operator ${next}`, change, async (bench, judge) => {
    const { router } = bench.lab;
    if (!existsSync(join(router.root, "etc/multiwan/load"))) return [missed("nothing starts at boot here")];
    const run = await bench.operator.run(bench.command(change[1], { at: moment, act: "stop" }));
    if (!(await run.reached)) return [missed(moment)];
    const device = bench.router ? deviceOf(bench.router, "eth1") : "eth1";
    const busy = router.exec(`/etc/multiwan/load '${device}'`);
    await sleep(500);
    if (next === "dies") await bench.operator.kill();
    else bench.operator.go();
    const [answer] = await Promise.all([run.done, busy]);
    const left = await bench.settled();
    return ended(bench, left, (options) =>
      judge(next === "dies" ? [change[0]] : [...change], { ...options, returned: told(answer) }),
    );
  });

export const f9Daemon = (change: Change, moment: Moment, name: string, next: "goes on" | "dies"): Case => ({
  ...make("F9", `${name} at ${moment}, the operator ${next}`, change, async (bench, judge) => {
    const { does, undo, line, lines = 0, oursToo, cuts } = DAEMONS[name]!;
    const { router } = bench.lab;
    const run = await bench.operator.run(bench.command(change[1], { at: moment, act: "stop" }));
    if (!(await run.reached)) return [missed(moment)];
    const busy = does ? router.exec(does) : onLinks[name]!(bench.lab);
    if (next === "dies") await Promise.all([busy, bench.operator.kill()]);
    else bench.operator.go();
    const [answer] = await Promise.all([run.done, busy]);
    if (cuts) await bench.dropHeld();
    const left = await bench.settled();
    const findings = await ended(bench, left, (options) =>
      judge([...change], {
        ...options,
        ...(oursToo ? { judged: false } : { returned: told(answer) }),
        ...(line && { ignore: (text: string) => withTable(line).test(text) }),
      }),
    );
    const there = line ? withoutNft(await router.dump()).filter((text) => line.test(text)).length : 0;
    if (there !== lines) findings.push(lost(`${lines} lines of "${name}", and ${there} are there`));
    await router.exec(undo);
    return findings;
  }),
  ...(DAEMONS[name]!.labOnly && { labOnly: true }),
});

/** What iptables-nft made is in `nft list ruleset` as well. */
const withoutNft = (dump: string) =>
  dump
    .split(/^(?=## )/m)
    .filter((section) => !section.startsWith("## nft"))
    .flatMap((section) => section.split("\n"));

const lost = (text: string): Finding => ({ verdict: "foreign lost", text });
