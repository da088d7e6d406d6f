/** F9: somebody types on the router meanwhile. */
import { deviceOf } from "../../routers/script.ts";
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

/** Not among those that a seed draws from. */
const MORE_EDITS: typeof EDITS = {
  "a default of another metric": {
    edit: "ip route add default via 192.168.99.2 dev eth3 metric 7777",
    undo: "ip route del default via 192.168.99.2 dev eth3 metric 7777",
    line: /metric 7777/,
  },
};
export const MORE_EDIT_NAMES = Object.keys(MORE_EDITS);

export const f9 = (change: Change, moment: Moment, edit: string, next: "goes on" | "dies"): Case =>
  make("F9", `${edit} by hand at ${moment}, the operator ${next}`, change, async (bench, judge) => {
    const { edit: words, undo, line } = { ...EDITS, ...MORE_EDITS }[edit]!;
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

/** The very line that the change is about to add: its command fails, and the line that is there is not taken for its own. */
export const f9Same = (change: Change, moment: Moment): Case =>
  make("F9", `the same address by hand at ${moment}`, change, async (bench, judge) => {
    const { router } = bench.lab;
    const run = await bench.operator.run(bench.command(change[1], { at: moment, act: "stop" }));
    if (!(await run.reached)) return [missed(moment)];
    const device = bench.router ? deviceOf(bench.router, "eth1") : "eth1";
    await router.exec(`ip addr add 123.234.1.14/32 dev '${device}'`);
    bench.operator.go();
    await run.done;
    const left = await bench.settled();
    const stays = (await router.exec("ip addr show")).includes("inet 123.234.1.14/32");
    const odd = stays ? [] : [{ verdict: "foreign lost", text: "the address that was typed meanwhile" } as const];
    return [
      ...odd,
      ...(await ended(bench, left, (options) =>
        judge([...change], { ...options, judged: false, forgets: true, ignore: IS_SAME }),
      )),
    ];
  });
/** What was found there is in the boot file and the manifest, and in the sum of the first. */
const IS_SAME = (text: string) => /123\.234\.1\.14|# cksum /.test(text);

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

/**
 * A foreign rule leads into a managed chain: the way back cannot remove that chain, and the restore is refused as a whole. Everything else
 * goes back all the same, first of all the jumps.
 */
export const f9Holds = (change: Change): Case =>
  make("F9", "a foreign rule holds a managed chain, the operator dies", change, async (bench, judge) => {
    const { router } = bench.lab;
    const run = await bench.operator.run(bench.command(change[1], { at: "begin-answered", act: "stop" }));
    if (!(await run.reached)) return [missed("begin-answered")];
    const rule = "POSTROUTING -s 10.5.5.6/32 -j mw-site-mark";
    await router.exec(`iptables -t mangle -A ${rule}`);
    await bench.operator.kill();
    await bench.settled();
    const jumps = (await router.exec("iptables-save -t mangle"))
      .split("\n")
      .filter((line) => /^-A [A-Z]+ .*-j mw-/.test(line) && !line.includes("10.5.5.6"));
    const odd = jumps
      .slice(0, 1)
      .map((line) => ({ verdict: "mixed", text: `it stays with the chain: ${line}` }) as const);
    await router.exec(`iptables -t mangle -D ${rule}`);
    let left = await bench.settled();
    for (let i = 0; i < 3 && left.length > 0; i++) left = await bench.settled();
    return [...odd, ...(await judge([change[0]], { left }))];
  });
