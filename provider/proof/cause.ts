/** By which line of a router a connection is lost: the one that no resource has written, as far as its walk met one. */

import { formatRoute } from "../dialects/iproute2/route.ts";
import { formatRule } from "../dialects/iproute2/rule.ts";
import { ruleKey } from "../dialects/line-key.ts";
import { type Line, MAIN_TABLE, type RouteLine } from "../model/line.ts";
import type { Leg } from "../walk/follow-connection.ts";
import type { Machine } from "../walk/machine.ts";
import { formatPacket } from "../walk/packet.ts";
import { asAdded } from "../walk/say-step.ts";
import type { ChainStep, Leads, Step } from "../walk/step.ts";
import type { Proved } from "./claim.ts";

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
  const of = <Kind extends Line["kind"]>(kind: Kind) =>
    managed.filter((line): line is Extract<Line, { kind: Kind }> => line.kind === kind);
  const rules = new Set([...KERNELS, ...of("rule").map((line) => formatRule(line, names))]);
  const routes = new Set(of("route").map((line) => formatRoute(line, names)));
  const chains = new Set(of("chain").map(({ table, chain }) => `${table} ${chain}`));
  const hooks = new Set(of("hook").map(({ table, chain, rule }) => `${table} ${chain} ${ruleKey(rule)}`));
  // A default that is none of the router's is the one of a case: the default moved to a link.
  const own = (tables.get(MAIN_TABLE)?.routes ?? []).filter(isDefault).map((line) => formatRoute(line, names));
  const isSupposed = (route: RouteLine, text: string) =>
    route.table === MAIN_TABLE && isDefault(route) && route.type === "unicast" && !own.includes(text);
  const isKernels = ({ protocol, scope }: RouteLine) => protocol === "kernel" || scope === "link";
  return (step) => {
    switch (step.kind) {
      case "policy rule":
        return rules.has(formatRule(step.rule, names));
      case "route": {
        const text = formatRoute(step.route, names);
        return routes.has(text) || isKernels(step.route) || isSupposed(step.route, text);
      }
      case "chain rule": {
        const { table, hook, chain } = step.place;
        return chain === hook ? hooks.has(`${table} ${hook} ${ruleKey(step.rule)}`) : chains.has(`${table} ${chain}`);
      }
      default:
        return false;
    }
  };
}

const isDefault = ({ destination }: RouteLine) => destination === "default";

/**
 * What has stopped the packet; a policy rule that has led it; a rule that has marked, translated or passed it on; a route.
 * @param source its source is what is wrong: only then it is the last hook, where no way is chosen any more
 */
function lineOf(last: Leg, legs: readonly Leg[], isKnown: Known, source: boolean): string | undefined {
  const { end, steps, names } = last.walked;
  if (end.kind === "dropped" && end.verdict) return asAdded(end.verdict);
  const rule = steps.filter(isPolicyRule).findLast((step) => hasDecided(step) && !isKnown(step));
  if (rule) return formatRule(rule.rule, names);
  const acting = legs
    .flatMap(({ walked }) => walked.steps)
    .filter(isChainStep)
    .findLast((step) => isActing(step) && (source || !isLastHook(step)) && !isKnown(step));
  if (acting) return asAdded(acting);
  const route = steps.filter(isRouteStep).findLast((step) => !isKnown(step));
  return route && formatRoute(route.route, names);
}

const isChainStep = (step: Step) => step.kind === "chain rule";
const isPolicyRule = (step: Step) => step.kind === "policy rule";
const isRouteStep = (step: Step) => step.kind === "route";

/** To the rule before, or the one behind it, a packet comes as well. */
const hasDecided = ({ leads }: { readonly leads: Leads }) => leads.kind === "route" || leads.kind === "refusal";

const isLastHook = ({ place }: ChainStep) => place.table === "nat" && place.hook === "POSTROUTING";

/** Has it changed the packet, or ended a chain in which others would have? */
function isActing({ place, action }: ChainStep): boolean {
  return place.table !== "filter" && !["drop", "return", "jump", "goto"].includes(action.kind);
}
