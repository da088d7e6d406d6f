/** F9: somebody types on the router meanwhile. */
import type { Moment } from "../operator.ts";
import { type Case, type Change, ended, make, missed, told } from "./case.ts";

/** The first rule of a table that is not there brings the table with it, and its chains. */
const HEADER = /^(\*(filter|mangle|nat)|:(INPUT|FORWARD|OUTPUT|PREROUTING|POSTROUTING) ACCEPT.*|COMMIT)$/;
export const withTable = (line: RegExp) => new RegExp(`${line.source}|${HEADER.source}`);

export const EDITS: Readonly<Record<string, { readonly edit: string; readonly undo: string; readonly line: RegExp }>> =
  {
    "a filter rule at the end": {
      edit: "iptables -A FORWARD -s 10.5.5.5/32 -j ACCEPT",
      undo: "iptables -D FORWARD -s 10.5.5.5/32 -j ACCEPT",
      line: withTable(/10\.5\.5\.5/),
    },
    "a mangle rule first": {
      edit: "iptables -t mangle -I PREROUTING 1 -s 10.5.5.6/32 -j RETURN",
      undo: "iptables -t mangle -D PREROUTING -s 10.5.5.6/32 -j RETURN",
      line: withTable(/10\.5\.5\.6/),
    },
    "a nat rule last": {
      edit: "iptables -t nat -A POSTROUTING -s 10.5.5.7/32 -j MASQUERADE",
      undo: "iptables -t nat -D POSTROUTING -s 10.5.5.7/32 -j MASQUERADE",
      line: withTable(/10\.5\.5\.7/),
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

export const OWN: Readonly<Record<string, string>> = {
  "an ip rule of ours deleted": "ip rule del pref 1024 2>/dev/null || ip rule del pref 4001",
  "a chain of ours emptied": "iptables -t mangle -F mw-site-mark",
  "an address of ours deleted": "ip addr del 123.234.1.11/32 dev eth1",
  "a default of ours deleted": "ip route del default table 1 2>/dev/null || ip route del default table 101",
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
