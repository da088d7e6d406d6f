/** The chains of one table at one hook. */
import { ruleText } from "../dialects/iptables/packet-rule.ts";
import type { IptablesTable } from "../model/line.ts";
import type { PacketRule, Target } from "../model/packet-rule.ts";
import type { ChainRules } from "../model/snapshot.ts";
import { type CompiledRule, compiled, fits } from "./compile.ts";
import { CannotTell, Dropped, type Passing } from "./passing.ts";
import { asAdded, sayPlace, sayVerdict } from "./say-step.ts";
import type { Action, ChainPlace, Hook } from "./step.ts";
import { translateDestination, translateSource } from "./translate.ts";

/** As deep as iptables lets chains call each other, and more. */
const DEEPEST = 64;

/** @throws {Dropped} @throws {CannotTell} */
export function runHook(passing: Passing, table: IptablesTable, hook: Hook): void {
  const chains = passing.machine.chains.get(table);
  const chain = chains?.get(hook);
  if (!chains || !chain) return;
  const place: ChainPlace = { table, hook, chain: hook };
  const verdict = runChain(passing, chains, chain, place, 0);
  if (verdict === "end" && chain.policy === "DROP") throw droppedBy(place, undefined);
}

/** Has a rule decided that the packet goes on? Else the chain has come to its end, and its caller goes on. */
type Verdict = "accept" | "end";

function runChain(
  passing: Passing,
  chains: ReadonlyMap<string, ChainRules>,
  chain: ChainRules,
  place: ChainPlace,
  depth: number,
): Verdict {
  if (depth > DEEPEST) throw new CannotTell(`the chains at ${sayPlace(place)} call each other too deeply`);
  for (const one of compiled(chain.rules)) {
    const { rule, target } = one;
    if (target === undefined || PASSED_OVER.has(target.kind) || !applies(one, passing, place)) continue;
    const verdict =
      target.kind === "jump" || target.kind === "goto"
        ? follow(passing, chains, rule, target, place, depth)
        : act(passing, target, rule, place);
    if (verdict !== undefined) return verdict;
  }
  return "end";
}

/** @returns undefined: the rule behind it is next; the end of a chain that a goto leads to is that of this one */
function follow(
  passing: Passing,
  chains: ReadonlyMap<string, ChainRules>,
  rule: PacketRule,
  { kind, chain }: Extract<Target, { chain: string }>,
  place: ChainPlace,
  depth: number,
): Verdict | undefined {
  const next = chains.get(chain);
  if (!next)
    throw new CannotTell(`"${ruleText(rule)}" at ${sayPlace(place)}: ${chain} is neither a chain nor modelled`);
  note(passing, place, rule, { kind });
  const verdict = runChain(passing, chains, next, { ...place, chain }, depth + 1);
  return verdict === "accept" || kind === "goto" ? verdict : undefined;
}

/** What only writes down, or changes nothing that a way depends on. */
const PASSED_OVER: ReadonlySet<Target["kind"]> = new Set(["log", "harmless", "clampToPath", "clampSize"] as const);

function applies(one: CompiledRule, passing: Passing, place: ChainPlace): boolean {
  const answer = fits(one, passing);
  if (typeof answer === "boolean") return answer;
  const guessed = passing.guess(asAdded({ place, rule: one.rule }));
  if (guessed === undefined) throw new CannotTell(`"${ruleText(one.rule)}" at ${sayPlace(place)}: ${answer}`);
  return guessed;
}

function note(passing: Passing, place: ChainPlace, rule: PacketRule, action: Action): void {
  passing.steps.push({ kind: "chain rule", place, rule, action });
}

function droppedBy(place: ChainPlace, rule: PacketRule | undefined): Dropped {
  return new Dropped(sayVerdict({ place, rule }), "rule", { place, rule });
}

/** @returns undefined: the rule behind it is next */
function act(passing: Passing, target: Target, rule: PacketRule, place: ChainPlace): Verdict | undefined {
  const did = (action: Action) => note(passing, place, rule, action);
  switch (target.kind) {
    case "accept":
      did({ kind: "accept" });
      return "accept";
    case "return":
      did({ kind: "return" });
      return "end";
    case "drop":
    case "reject":
      did({ kind: "drop" });
      throw droppedBy(place, rule);
    case "setMark":
    case "restoreMark":
    case "setConnmark":
    case "saveMark": {
      const action = writeMark(passing, target);
      if (action) did(action);
      return undefined;
    }
    case "dnat":
    case "snat":
    case "masquerade": {
      const action = translate(passing, target);
      if (!action) throw notModelled(target, rule, place);
      did(action);
      return "accept";
    }
    case "serviceType":
      // Behind the last look-up of its way it is of no matter.
      if (passing.machine.asksTos && (place.hook === "PREROUTING" || place.hook === "OUTPUT"))
        throw notModelled(target, rule, place);
      return undefined;
    default:
      throw notModelled(target, rule, place);
  }
}

function notModelled(target: Target, rule: PacketRule, place: ChainPlace): CannotTell {
  const name = "words" in target ? target.words?.name : target.kind;
  return new CannotTell(`"${ruleText(rule)}" at ${sayPlace(place)}: ${name} is not modelled`);
}

type MarkTarget = Extract<Target, { kind: "setMark" | "setConnmark" | "restoreMark" | "saveMark" }>;

/** @returns undefined: xt_connmark.c goes on where there is no connection, as in the raw table */
function writeMark(passing: Passing, target: MarkTarget): Action | undefined {
  if (target.kind !== "setMark" && passing.untracked) return undefined;
  const { packet, tracked } = passing;
  // xt_connmark.c: (mark & ~nfmask) ^ (ctmark & ctmask)
  switch (target.kind) {
    case "setMark":
      return markPacket(passing, (packet.mark & ~target.mask) ^ target.value, false);
    case "restoreMark":
      return markPacket(passing, (packet.mark & ~target.packetMask) ^ (tracked.mark & target.connectionMask), true);
    case "setConnmark":
      return markConnection(passing, (tracked.mark & ~target.mask) ^ target.value);
    case "saveMark":
      return markConnection(passing, (tracked.mark & ~target.connectionMask) ^ (packet.mark & target.packetMask));
  }
}

function markPacket(passing: Passing, bits: number, restored: boolean): Action {
  const mark = bits >>> 0;
  passing.packet = { ...passing.packet, mark };
  return { kind: "mark", mark, restored };
}

function markConnection(passing: Passing, bits: number): Action {
  const mark = bits >>> 0;
  passing.tracked = { ...passing.tracked, mark };
  return { kind: "connection mark", mark };
}

type NatTarget = Extract<Target, { kind: "dnat" | "snat" | "masquerade" }>;

/** @returns undefined: it has settings that are not modelled */
function translate(passing: Passing, target: NatTarget): Action | undefined {
  if (target.words) return undefined;
  if (target.kind === "masquerade") translateSource(passing, undefined, undefined);
  else if (target.address === undefined) return undefined;
  else if (target.kind === "snat") translateSource(passing, target.address, target.port);
  else {
    translateDestination(passing, target.address, target.port);
    return { kind: "destination", address: passing.packet.destination, port: passing.packet.destinationPort };
  }
  return { kind: "source", address: passing.packet.source };
}
