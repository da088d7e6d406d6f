/** Steps of a walk in words, for people: the one place that has them. */
import { formatRoute } from "../dialects/iproute2/route.ts";
import { formatRule } from "../dialects/iproute2/rule.ts";
import { ruleText } from "../dialects/iptables/packet-rule.ts";
import type { TableNames } from "../model/line.ts";
import { formatMark } from "../model/mark.ts";
import type { Action, ChainPlace, ChainVerdict, Leads, Step } from "./step.ts";

export interface SaidStep {
  /** `conntrack`, `mangle PREROUTING`, `mangle PREROUTING mw-mark`, `ip rule`, `route`. */
  readonly at: string;
  readonly text: string;
}

interface Walked {
  readonly steps: readonly Step[];
  /** Of the router's tables. */
  readonly names: TableNames;
}

/** All steps of a walk. */
export function saySteps({ steps, names }: Walked): SaidStep[] {
  return steps.map((step) => sayStep(step, names));
}

function sayStep(step: Step, names: TableNames): SaidStep {
  switch (step.kind) {
    case "connection":
      return { at: "conntrack", text: sayConnection(step) };
    case "translation":
      return { at: "conntrack", text: `${step.of} ${step.address}:${step.port}` };
    case "chain rule":
      return { at: sayPlace(step.place), text: `${ruleText(step.rule)}${sayAction(step.action)}` };
    case "policy rule":
      return { at: "ip rule", text: `${formatRule(step.rule, names)}${sayLeads(step.leads, names)}` };
    case "route":
      return { at: "route", text: formatRoute(step.route, names) };
  }
}

function sayConnection({ state, mark }: Extract<Step, { kind: "connection" }>): string {
  if (state === "new") return "a new connection";
  const known = state === "unreplied" ? "not answered yet" : "an open connection";
  return `${known}, connection mark ${formatMark(mark)}`;
}

/** `mangle PREROUTING`, and behind it the chain that the hook's own has led to. */
export function sayPlace({ table, hook, chain }: ChainPlace): string {
  return chain === hook ? `${table} ${hook}` : `${table} ${hook} ${chain}`;
}

function sayAction(action: Action): string {
  switch (action.kind) {
    case "mark":
      return `: mark ${formatMark(action.mark)}`;
    case "connection mark":
      return `: connection mark ${formatMark(action.mark)}`;
    case "destination":
      return `: to ${action.address}:${action.port}`;
    case "source":
      return `: from ${action.address}`;
    default:
      return "";
  }
}

function sayLeads(leads: Leads, names: TableNames): string {
  switch (leads.kind) {
    case "refusal":
      return ": the end";
    case "no route":
      return ": nothing fits there";
    case "suppressed":
      return `: ${formatRoute(leads.route, names)} is suppressed`;
    default:
      return "";
  }
}

/** `filter FORWARD: -j DROP`, `policy DROP of filter FORWARD` */
export function sayVerdict({ place, rule }: ChainVerdict): string {
  return rule === undefined ? `policy DROP of ${sayPlace(place)}` : `${sayPlace(place)}: ${ruleText(rule)}`;
}

/** The same as iptables would add it: `-t filter -A FORWARD -j DROP`, `-t filter -P FORWARD DROP`. */
export function asAdded({ place: { table, hook, chain }, rule }: ChainVerdict): string {
  return rule === undefined ? `-t ${table} -P ${hook} DROP` : `-t ${table} -A ${chain} ${ruleText(rule)}`;
}
