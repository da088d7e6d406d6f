/**
 * Foreign rules of iptables that have come in front of a managed jump and end the chain for packets that the jump is for. Told by
 * the proof, so that a rule that no such packet fits, or that does it no harm, is none.
 */
import { ruleText } from "../dialects/iptables/packet-rule.ts";
import { ruleKey } from "../dialects/line-key.ts";
import type { HookLine, Line } from "../model/line.ts";
import type { PacketRule } from "../model/packet-rule.ts";
import { sourcesOf } from "../model/rule-facts.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { isOwnHook } from "../plan/hooks.ts";
import { type Manifest, managedLines } from "../plan/manifest.ts";
import type { Leg } from "../walk/follow-connection.ts";
import { machineOf } from "../walk/machine.ts";
import { asAdded } from "../walk/say-step.ts";
import type { ChainStep } from "../walk/step.ts";
import type { Proved } from "./claim.ts";
import { obligationsOfManifest } from "./of-manifest.ts";
import { prove } from "./prove.ts";

export interface Overtaken {
  readonly jump: HookLine;
  /** As iptables would add it. */
  readonly rule: string;
  /** The connections that it breaks, by name. */
  readonly lost: readonly string[];
  /** Of the first of them. */
  readonly why: string;
}

/** Nothing is walked where every managed jump stands first; else once, for all resources of a run. */
export function overtaken(snapshot: Snapshot, manifest: Manifest): readonly Overtaken[] {
  const known = walked.get(snapshot) ?? found(snapshot, manifest);
  walked.set(snapshot, known);
  return known;
}
const walked = new WeakMap<Snapshot, readonly Overtaken[]>();

function found(snapshot: Snapshot, manifest: Manifest): Overtaken[] {
  const managed = managedLines(manifest);
  const jumps = managed.filter((line) => line.kind === "hook" && line.table !== "filter");
  const behind = (jumps as HookLine[]).filter((jump) => isBehind(jump, snapshot));
  if (behind.length === 0) return [];
  // What else on this router is not modelled has no part in where a chain ends.
  const machine = { ...machineOf(snapshot), unmodelled: [] };
  // What others have published is theirs to translate.
  const { doors, networks: _, hosts, ...all } = obligationsOfManifest(manifest, machine);
  // What leaves is translated in chains of its own: Docker's rules, in front there, are not worth the walk of thousands of doors.
  const isMet = behind.some(({ chain }) => chain === "PREROUTING");
  const translated = translatedNetworks(managed);
  const inside = hosts.map((host) => ({ ...host, translated: "network" in host && translated.has(host.network) }));
  const obligations = { ...all, hosts: inside, doors: isMet ? doors : [] };
  const lost = prove(machine, obligations, "links up").flatMap((proved) =>
    behind.flatMap((jump) => {
      const rule = proved.legs.map((leg) => endedBefore(jump, leg)).find((text) => text !== undefined);
      return rule !== undefined && isLost(proved) ? [{ jump, rule, proved }] : [];
    }),
  );
  return [...Map.groupBy(lost, ({ jump, rule }) => `${jump.table} ${jump.chain} ${rule}`).values()].map((same) => {
    const { jump, rule, proved } = same[0]!;
    const why = "why" in proved.answer ? proved.answer.why : "";
    return { jump, rule, why, lost: [...new Set(same.map((one) => one.proved.claim.name))] };
  });
}

/** Without those that a rule in front of a managed jump is to blame for: of these the drift tells, and what to do. */
export function notOvertaken<One extends { readonly line: string }>(
  lost: readonly One[],
  snapshot: Snapshot,
  manifest: Manifest,
): One[] {
  const told = new Set(overtaken(snapshot, manifest).map(({ rule }) => rule));
  return lost.filter(({ line }) => !told.has(line));
}

/** In one sentence, and what to do. */
export function sayOvertaken({ jump, rule, lost: [first, ...more], why }: Overtaken): string {
  const others = more.length > 0 ? ` and ${more.length} more` : "";
  return `"${rule}" stands in front of "-t ${jump.table} -A ${jump.chain} ${ruleText(jump.rule)}" and ends the chain for packets of ${first}${others}: ${why}; remove it, move it behind the jump, or give it a match that leaves these packets out`;
}

function isBehind({ table, chain, rule }: HookLine, { iptables }: Snapshot): boolean {
  const rules = iptables[table]?.chains.get(chain)?.rules ?? [];
  const at = rules.findIndex((other) => ruleKey(other) === ruleKey(rule));
  return rules.slice(0, Math.max(0, at)).some((other) => !isOwnHook(other));
}

/** A service behind a policy of INPUT or FORWARD is shut by that only because the packet has missed the jump. */
function isLost({ claim, answer }: Proved): boolean {
  return answer.kind === "no" || (answer.kind === "shut" && claim.kind === "door");
}

/** The rule that a packet has left the chain by without coming to the jump; one that drops it says that it is not wanted. */
function endedBefore({ table, chain, rule }: HookLine, { walked }: Leg): string | undefined {
  const here = walked.steps.filter((step) => step.kind === "chain rule").filter((step) => isAt(step, table, chain));
  const last = here.at(-1);
  if (
    last === undefined ||
    here.some(({ place, rule: one }) => place.chain === chain && ruleKey(one) === ruleKey(rule))
  )
    return undefined;
  return last.action.kind === "drop" ? undefined : asAdded(last);
}

const isAt = ({ place }: ChainStep, table: string, hook: string) => place.table === table && place.hook === hook;

/** Networks that leave by the links' addresses. */
function translatedNetworks(lines: readonly Line[]): ReadonlySet<string> {
  const rules = lines.flatMap((line) => (line.kind === "chain" && line.table === "nat" ? line.rules : []));
  return new Set(rules.filter(isTranslation).flatMap(sourcesOf));
}

/** What comes from a network, and no more is asked of it. */
function isTranslation({ matches, target }: PacketRule): boolean {
  const [test, ...more] = matches;
  const isNetwork = test?.kind === "source" && !test.negated && more.length === 0;
  return isNetwork && (target?.kind === "masquerade" || target?.kind === "snat");
}
