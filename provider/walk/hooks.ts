/** The chains of one table at one hook. */
import type { IptablesTable } from "../model/line.ts";
import { type CompiledRule, fits } from "./compile.ts";
import type { CompiledChain } from "./machine.ts";
import { CannotTell, Dropped, type Passing } from "./passing.ts";
import { asAdded, sayPlace, sayVerdict } from "./say-step.ts";
import type { Action, ChainPlace, Hook } from "./step.ts";
import type { Target } from "./targets.ts";
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

/** `end`: nobody has decided; `goto`: the caller of the caller goes on. */
type Verdict = "accept" | "end";

function runChain(
  passing: Passing,
  chains: ReadonlyMap<string, CompiledChain>,
  chain: CompiledChain,
  place: ChainPlace,
  depth: number,
): Verdict {
  if (depth > DEEPEST) throw new CannotTell(`the chains at ${sayPlace(place)} call each other too deeply`);
  for (const rule of chain.rules) {
    if (rule.target.kind === "none" || !applies(rule, passing, place)) continue;
    const { target } = rule;
    if (target.kind === "return") {
      note(passing, place, rule.text, { kind: target.kind });
      return "end";
    }
    if (target.kind === "jump" || target.kind === "goto") {
      const next = chains.get(target.chain);
      if (!next)
        throw new CannotTell(`"${rule.text}" at ${sayPlace(place)}: ${target.chain} is neither a chain nor modelled`);
      note(passing, place, rule.text, { kind: target.kind });
      const verdict = runChain(passing, chains, next, { ...place, chain: target.chain }, depth + 1);
      if (verdict === "accept") return "accept";
      if (target.kind === "goto") return "end";
      continue;
    }
    if (act(passing, target, rule.text, place)) return "accept";
  }
  return "end";
}

function applies(rule: CompiledRule, passing: Passing, place: ChainPlace): boolean {
  const answer = fits(rule, passing);
  if (typeof answer === "boolean") return answer;
  const guessed = passing.guess(asAdded({ place, rule: rule.text }));
  if (guessed === undefined) throw new CannotTell(`"${rule.text}" at ${sayPlace(place)}: ${answer}`);
  return guessed;
}

function note(passing: Passing, place: ChainPlace, rule: string, action: Action): void {
  passing.steps.push({ kind: "chain rule", place, rule, action });
}

function droppedBy(place: ChainPlace, rule: string | undefined): Dropped {
  return new Dropped(sayVerdict({ place, rule }), "rule", { place, rule });
}

/** @returns is that the end of the chains at this hook? */
function act(passing: Passing, target: Target, text: string, place: ChainPlace): boolean {
  const did = (action: Action) => note(passing, place, text, action);
  switch (target.kind) {
    case "accept":
      did({ kind: "accept" });
      return true;
    case "drop":
      did({ kind: "drop" });
      throw droppedBy(place, text);
    case "mark": {
      const mark = ((passing.packet.mark & ~target.mask) ^ target.value) >>> 0;
      passing.packet = { ...passing.packet, mark };
      did({ kind: "mark", mark, restored: false });
      return false;
    }
    case "connmark": {
      // xt_connmark.c goes on where there is no connection, as in the raw table.
      if (passing.untracked) return false;
      if (target.what === "restore") {
        // xt_connmark.c: (mark & ~nfmask) ^ (ctmark & ctmask)
        const mark = ((passing.packet.mark & ~target.nfmask) ^ (passing.tracked.mark & target.ctmask)) >>> 0;
        passing.packet = { ...passing.packet, mark };
        did({ kind: "mark", mark, restored: true });
      } else {
        const bits = target.what === "set" ? target.value : passing.packet.mark & target.nfmask;
        const mark = ((passing.tracked.mark & ~target.ctmask) ^ bits) >>> 0;
        passing.tracked = { ...passing.tracked, mark };
        did({ kind: "connection mark", mark });
      }
      return false;
    }
    case "dnat":
      translateDestination(passing, target.address, target.port);
      did({
        ...{ kind: "destination", address: passing.packet.destination },
        port: passing.packet.destinationPort,
      });
      return true;
    case "snat":
      translateSource(passing, target.address, target.port);
      did({ kind: "source", address: passing.packet.source });
      return true;
    case "masquerade":
      translateSource(passing, undefined, undefined);
      did({ kind: "source", address: passing.packet.source });
      return true;
    case "tos":
      // Behind the last look-up of its way it is of no matter.
      if (passing.machine.asksTos && (place.hook === "PREROUTING" || place.hook === "OUTPUT"))
        throw notModelled(target, text, place);
      return false;
    case "unmodelled":
      throw notModelled(target, text, place);
    default:
      return false;
  }
}

function notModelled({ name }: { readonly name: string }, text: string, place: ChainPlace): CannotTell {
  return new CannotTell(`"${text}" at ${sayPlace(place)}: ${name} is not modelled`);
}
