/** By which line of a router a connection is lost: the one that no resource has written, as far as its walk met one. */

import { formatRoute } from "../dialects/iproute2/route.ts";
import { formatRule } from "../dialects/iproute2/rule.ts";
import { type Line, MAIN_TABLE } from "../model/line.ts";
import type { Machine } from "../walk/machine.ts";
import { formatPacket } from "../walk/packet.ts";
import type { Step } from "../walk/passing.ts";
import type { Leg, Proved } from "./claim.ts";

export interface Cause {
  /** As the router's tools print it: `-t filter -A FORWARD -p tcp --dport 25 -j DROP`, `100: from all lookup main`. */
  readonly line: string;
  /** What the packet does that shows it. */
  readonly why: string;
  /** `tcp 172.16.1.131:1494 -> 198.51.100.77:50123, in on eth0` */
  readonly packet: string;
  /** It is no dead connection: what those inside open leaves by another device or link, such as a VPN's. */
  readonly elsewhere: boolean;
}

/**
 * @param managed lines of resources
 * @returns with the line "" where the walk has met none that is not managed, nor the kernel's own: something is missing
 */
export function causeOf({ claim, answer, legs }: Proved, machine: Machine, managed: readonly Line[]): Cause {
  const last = legs.at(-1);
  const why = "why" in answer ? answer.why : "";
  const from = last?.inDevice === undefined ? "from the router" : `in on ${last.inDevice}`;
  const packet = last === undefined ? "" : `${formatPacket(last.sent)}, ${from}`;
  const source = / with (?:the source|its private address) /.test(why);
  const elsewhere = claim.kind === "inside" && legs.length === 1 && last?.walked.end.kind === "sent" && !source;
  const line = last === undefined ? undefined : lineOf(last, legs, known(managed, machine), source);
  return { line: line ?? "", why, packet, elsewhere };
}

type Known = (step: Step) => boolean;

/** The kernel's own rules: whoever writes one of them again has no part in them. */
const KERNELS = ["0: from all lookup local", "32766: from all lookup main", "32767: from all lookup default"];

function known(managed: readonly Line[], { names, tables }: Machine): Known {
  // A default that is none of the router's is the one of a case: the default moved to a link.
  const main = tables.get(MAIN_TABLE)?.routes ?? [];
  const defaults = main.filter(({ destination }) => destination === "default").map((line) => formatRoute(line, names));
  const rules = managed.filter((line) => line.kind === "rule").map((line) => formatRule(line, names));
  const routes = managed.filter((line) => line.kind === "route").map((line) => formatRoute(line, names));
  const chains = managed.flatMap((line) => (line.kind === "chain" ? [`${line.table} ${line.chain}`] : []));
  const hooks = managed.flatMap((line) => (line.kind === "hook" ? [`${line.table} ${line.chain} ${line.rule}`] : []));
  const all = new Set([...KERNELS, ...rules, ...routes, ...chains, ...hooks]);
  const isSupposed = (text: string) => text.startsWith("default ") && !/ table /.test(text) && !defaults.includes(text);
  return ({ at, text }) => {
    if (at === "ip rule") return all.has(text.replace(/: the end$/, ""));
    if (at === "route") return all.has(text) || / (?:proto kernel|scope link)\b/.test(text) || isSupposed(text);
    const [table = "", ...path] = at.split(" ");
    return path.length > 1 ? all.has(`${table} ${path.at(-1)}`) : all.has(`${table} ${path[0]} ${text}`);
  };
}

/**
 * What has stopped the packet; a policy rule that has led it; a rule that has marked, translated or passed it on; a route.
 * @param source its source is what is wrong: only then it is the last hook, where no way is chosen any more
 */
function lineOf(last: Leg, legs: readonly Leg[], isKnown: Known, source: boolean): string | undefined {
  const { end, steps } = last.walked;
  if (end.kind === "dropped" && end.by === "rule") return asAdded(end.why);
  const decided = (step: Step, i: number) => steps[i + 1]?.at === "route" || step.text.endsWith(": the end");
  const foreign = (wanted: (step: Step, i: number) => boolean, of: readonly Step[] = steps) =>
    of.findLast((step, i) => wanted(step, i) && !isKnown(step))?.text;
  const rule = foreign((step, i) => step.at === "ip rule" && decided(step, i));
  if (rule !== undefined) return rule.replace(/: the end$/, "");
  const acting = legs
    .flatMap(({ walked }) => walked.steps)
    .findLast((step) => isActing(step) && (source || !step.at.startsWith("nat POSTROUTING")) && !isKnown(step));
  if (acting !== undefined) return asAdded(`${acting.at}: ${acting.text}`);
  return foreign(({ at }) => at === "route");
}

/** Has it changed the packet, or ended a chain in which others would have? */
function isActing({ at, text }: Step): boolean {
  return (
    /^(?:raw|mangle|nat) /.test(at) &&
    (/: (?:mark|connection mark|to|from) \S+$/.test(text) || text.endsWith("-j ACCEPT"))
  );
}

/** `filter FORWARD DOCKER-USER: -j DROP` as `-t filter -A DOCKER-USER -j DROP`; `policy DROP of filter FORWARD` as `-t filter -P FORWARD DROP`. */
export function asAdded(text: string): string {
  const [, policy, of, hook] = /^policy (\S+) of (\S+) (\S+)$/.exec(text) ?? [];
  if (policy !== undefined) return `-t ${of} -P ${hook} ${policy}`;
  const colon = text.indexOf(": ");
  const [table, ...path] = text.slice(0, colon).split(" ");
  const rule = text.slice(colon + 2).replace(/: (?:mark|connection mark|to|from) \S+$/, "");
  return `-t ${table} -A ${path.at(-1)} ${rule}`;
}
