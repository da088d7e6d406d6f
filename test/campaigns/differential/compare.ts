/** One case in the walk and in the kernel. What disagrees is asked once more, slowly, before it counts. */
import type { Case } from "./cases.ts";
import { type Played, play } from "./play.ts";
import { configure, type Reading } from "./reading.ts";
import type { Wire } from "./wire.ts";

/** Milliseconds: a packet takes 0.05; a machine with other work to do may hold one up. */
const IDLE = 8;
const PATIENT = 120;

export async function compare(wire: Wire, { config, talks }: Case, reading: Reading = "quick"): Promise<Played[]> {
  const played = await play(wire, await configure(wire, config, reading), talks, IDLE);
  if (!played.some(isWrong)) return played;
  return play(wire, await configure(wire, config, reading), talks, PATIENT);
}

export function isWrong({ verdict }: Played): boolean {
  return verdict.startsWith("wrong");
}

/** The case without whatever the disagreement does without: one talk, and as few lines as show it. */
export async function reduce(wire: Wire, found: Case, talk: number): Promise<Case> {
  const fails = async (smaller: Case) =>
    (await play(wire, await configure(wire, smaller.config, "quick"), smaller.talks, PATIENT / 3)).some(isWrong);
  let best: Case = { kind: "router", config: found.config, talks: [found.talks[talk]!] };
  if (!(await fails(best))) return found;
  for (let changed = true; changed; ) {
    changed = false;
    for (const smaller of smallerThan(best)) {
      if (!(await fails(smaller).catch(() => false))) continue;
      best = smaller;
      changed = true;
      break;
    }
  }
  return best;
}

/** Whole chains first, then lines one by one. */
function* smallerThan({ kind, config, talks }: Case): Generator<Case> {
  const without = <Item>(list: readonly Item[], at: number) => list.filter((_, i) => i !== at);
  const of = (more: Partial<Case["config"]>): Case => ({ kind, talks, config: { ...config, ...more } });
  for (const [i, chain] of config.chains.entries()) {
    if (chain.rules.length === 0) continue;
    yield of({ chains: config.chains.with(i, { ...chain, rules: [] }) });
    for (const at of chain.rules.keys())
      yield of({ chains: config.chains.with(i, { ...chain, rules: without(chain.rules, at) }) });
  }
  for (const at of config.rules.keys()) yield of({ rules: without(config.rules, at) });
  for (const at of config.routes.keys()) yield of({ routes: without(config.routes, at) });
  for (const at of config.sysctls.keys()) yield of({ sysctls: without(config.sysctls, at) });
  for (const at of config.addresses.keys()) yield of({ addresses: without(config.addresses, at) });
}
