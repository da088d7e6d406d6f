/** The chains of one table at one hook. */
import type { IptablesTable } from "../model/line.ts";
import { type CompiledRule, fits } from "./compile.ts";
import type { CompiledChain } from "./machine.ts";
import { CannotTell, Dropped, type Passing } from "./passing.ts";
import type { Target } from "./targets.ts";
import { translateDestination, translateSource } from "./translate.ts";

export type Hook = "PREROUTING" | "INPUT" | "FORWARD" | "OUTPUT" | "POSTROUTING";

/** As deep as iptables lets chains call each other, and more. */
const DEEPEST = 64;

/** @throws {Dropped} @throws {CannotTell} */
export function runHook(passing: Passing, table: IptablesTable, hook: Hook): void {
  const chains = passing.machine.chains.get(table);
  const chain = chains?.get(hook);
  if (!chains || !chain) return;
  const at = `${table} ${hook}`;
  const verdict = runChain(passing, chains, chain, at, 0);
  if (verdict === "end" && chain.policy === "DROP") throw new Dropped(`policy DROP of ${at}`, "rule");
}

/** `end`: nobody has decided; `goto`: the caller of the caller goes on. */
type Verdict = "accept" | "end";

function runChain(
  passing: Passing,
  chains: ReadonlyMap<string, CompiledChain>,
  chain: CompiledChain,
  at: string,
  depth: number,
): Verdict {
  if (depth > DEEPEST) throw new CannotTell(`the chains at ${at} call each other too deeply`);
  for (const rule of chain.rules) {
    if (rule.target.kind === "none" || !applies(rule, passing, at)) continue;
    const { target } = rule;
    if (target.kind === "return") {
      passing.steps.push({ at, text: rule.text });
      return "end";
    }
    if (target.kind === "jump" || target.kind === "goto") {
      const next = chains.get(target.chain);
      if (!next) throw new CannotTell(`"${rule.text}" at ${at}: ${target.chain} is neither a chain nor modelled`);
      passing.steps.push({ at, text: rule.text });
      const verdict = runChain(passing, chains, next, `${at.split(" ", 2).join(" ")} ${target.chain}`, depth + 1);
      if (verdict === "accept") return "accept";
      if (target.kind === "goto") return "end";
      continue;
    }
    if (act(passing, target, rule.text, at)) return "accept";
  }
  return "end";
}

function applies(rule: CompiledRule, passing: Passing, at: string): boolean {
  const answer = fits(rule, passing);
  if (typeof answer === "boolean") return answer;
  const guessed = passing.guess(`-t ${at.split(" ")[0]} -A ${at.split(" ").at(-1)} ${rule.text}`);
  if (guessed === undefined) throw new CannotTell(`"${rule.text}" at ${at}: ${answer}`);
  return guessed;
}

/** @returns is that the end of the chains at this hook? */
function act(passing: Passing, target: Target, text: string, at: string): boolean {
  const note = (what: string) => passing.steps.push({ at, text: what === "" ? text : `${text}: ${what}` });
  switch (target.kind) {
    case "accept":
      note("");
      return true;
    case "drop":
      note("");
      throw new Dropped(`${at}: ${text}`, "rule");
    case "mark": {
      const mark = ((passing.packet.mark & ~target.mask) ^ target.value) >>> 0;
      passing.packet = { ...passing.packet, mark };
      note(`mark ${hex(mark)}`);
      return false;
    }
    case "connmark": {
      // xt_connmark.c goes on where there is no connection, as in the raw table.
      if (passing.untracked) return false;
      if (target.what === "restore") {
        // xt_connmark.c: (mark & ~nfmask) ^ (ctmark & ctmask)
        const mark = ((passing.packet.mark & ~target.nfmask) ^ (passing.tracked.mark & target.ctmask)) >>> 0;
        passing.packet = { ...passing.packet, mark };
        note(`mark ${hex(mark)}`);
      } else {
        const bits = target.what === "set" ? target.value : passing.packet.mark & target.nfmask;
        const mark = ((passing.tracked.mark & ~target.ctmask) ^ bits) >>> 0;
        passing.tracked = { ...passing.tracked, mark };
        note(`connection mark ${hex(mark)}`);
      }
      return false;
    }
    case "dnat":
      translateDestination(passing, target.address, target.port);
      note(`to ${passing.packet.destination}:${passing.packet.destinationPort}`);
      return true;
    case "snat":
      translateSource(passing, target.address, target.port);
      note(`from ${passing.packet.source}`);
      return true;
    case "masquerade":
      translateSource(passing, undefined, undefined);
      note(`from ${passing.packet.source}`);
      return true;
    case "tos":
      // Behind the last look-up of its way it is of no matter.
      if (passing.machine.asksTos && / (PREROUTING|OUTPUT)\b/.test(at))
        throw new CannotTell(`"${text}" at ${at}: ${target.name} is not modelled`);
      return false;
    case "unmodelled":
      throw new CannotTell(`"${text}" at ${at}: ${target.name} is not modelled`);
    default:
      return false;
  }
}

export function hex(mark: number): string {
  return `0x${mark.toString(16)}`;
}
