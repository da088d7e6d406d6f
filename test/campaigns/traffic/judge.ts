/** What became of each connection of a storm, by what the client saw and by what the ISPs saw. Pure. */
import type { Flow, Isp } from "../../lab/index.ts";
import type { Attempt } from "./wire.ts";

/**
 * `right`: every byte came back, and both directions used one ISP only, the one that the connection belongs to.
 * `strayed`: the same, but some packet was handed to another ISP in between, and was sent again.
 * `wrong for life`: it never came to its end, and packets of it were handed to another ISP.
 * `shut`: it never came to its end, and its door was away for a part of its life.
 * `failed`: it never came to its end for some other reason.
 */
export type Fate = "right" | "strayed" | "wrong for life" | "shut" | "failed";

/** The ISP that a target's connections come in by; of those from inside, their `server`: any ISP, but one only. */
export type Home = Isp | { readonly server: string };

export interface Judged extends Attempt {
  readonly fate: Fate;
  /** The ISPs that carried it, or refused to. */
  readonly used: readonly Isp[];
}

/** When a target was not declared: milliseconds since the storm began, the time of both changes included. */
export interface Away {
  readonly target: string;
  readonly from: number;
  readonly to: number;
}

export function judge(
  attempts: readonly Attempt[],
  flows: readonly Flow[],
  homes: Readonly<Record<string, Home>>,
  away: readonly Away[] = [],
): Judged[] {
  const shut = ({ target, begun, ended }: Attempt) =>
    away.some((span) => span.target === target && begun <= span.to && ended >= span.from);
  const seen = new Map<string, Flow[]>();
  for (const flow of flows) {
    const [outside, inside] = flow.set === "in" ? [flow.from, flow.to] : [flow.to, flow.from];
    // A client outside is the same on both sides of the router. One inside is known by its port alone, which it keeps.
    for (const key of [`${outside.address}:${outside.port}`, `${inside.port} to ${outside.address}:${outside.port}`])
      seen.set(key, [...(seen.get(key) ?? []), flow]);
  }
  return attempts.map((attempt) => {
    const { target, source, sourcePort, error } = attempt;
    const home = homes[target]!;
    const fromInside = typeof home === "object";
    const mine = seen.get(fromInside ? `${sourcePort} to ${home.server}` : `${source}:${sourcePort}`) ?? [];
    const used = [...new Set(mine.map((flow) => flow.isp))];
    const astray = fromInside ? used.length > 1 : used.some((isp) => isp !== home);
    const done: Fate = astray ? "strayed" : "right";
    const lost: Fate = astray ? "wrong for life" : shut(attempt) ? "shut" : "failed";
    return { ...attempt, fate: error === undefined ? done : lost, used };
  });
}

export type Tally = Readonly<Record<Fate, number>> & { readonly connections: number; readonly p99: number };

export function tally(judged: readonly Judged[]): Tally {
  const count = (fate: Fate) => judged.filter((one) => one.fate === fate).length;
  const times = judged.flatMap(({ connectMs }) => (connectMs === undefined ? [] : [connectMs])).sort((a, b) => a - b);
  return {
    connections: judged.length,
    right: count("right"),
    strayed: count("strayed"),
    "wrong for life": count("wrong for life"),
    shut: count("shut"),
    failed: count("failed"),
    p99: Math.round(times[Math.ceil(times.length * 0.99) - 1] ?? 0),
  };
}
