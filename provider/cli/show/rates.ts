/** Two looks, and what has passed between them. Pure. */
import type { Rate, ShownChain, ShownLink, View } from "./model.ts";

/**
 * The view with rates per second since the one before. A rule that was not there then, or whose counter was set back, has
 * none.
 */
export function withRates(now: View, before: View): View {
  const seconds = now.uptime - before.uptime;
  if (seconds <= 0) return now;
  const linksBefore = new Map(before.links.map((link) => [link.name, link]));
  const chainsBefore = new Map(before.chains.map((chain) => [`${chain.table} ${chain.chain}`, chain]));
  return {
    ...now,
    links: now.links.map((link) => rated(link, linksBefore.get(link.name), seconds)),
    chains: now.chains.map((chain) => ratedChain(chain, chainsBefore.get(`${chain.table} ${chain.chain}`), seconds)),
  };
}

function rated(link: ShownLink, before: ShownLink | undefined, seconds: number): ShownLink {
  if (!before || before.device !== link.device) return link;
  const rx = link.rxBytes - before.rxBytes;
  const tx = link.txBytes - before.txBytes;
  return rx < 0 || tx < 0 ? link : { ...link, rxRate: rx / seconds, txRate: tx / seconds };
}

function ratedChain(chain: ShownChain, before: ShownChain | undefined, seconds: number): ShownChain {
  // Of rules with one text the first is the first.
  const olds = Map.groupBy(before?.rules ?? [], (rule) => rule.text);
  const taken = new Map<string, number>();
  const rules = chain.rules.map((rule) => {
    const at = taken.get(rule.text) ?? 0;
    taken.set(rule.text, at + 1);
    const old = olds.get(rule.text)?.[at];
    const rate = old && rateOf(rule, old, seconds);
    return rate ? { ...rule, rate } : rule;
  });
  return { ...chain, rules };
}

type Counted = { readonly packets?: number; readonly bytes?: number };

function rateOf(now: Counted, before: Counted, seconds: number): Rate | undefined {
  if (now.packets === undefined || before.packets === undefined) return undefined;
  const packets = now.packets - before.packets;
  const bytes = now.bytes! - before.bytes!;
  return packets < 0 || bytes < 0 ? undefined : { packets: packets / seconds, bytes: bytes / seconds };
}
