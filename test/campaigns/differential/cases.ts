/** Cases by number of their seed: sites, or routers that nobody would build, each with connections through it. */
import fc from "fast-check";
import { POOL, routerArbitrary } from "./arbitrary-router.ts";
import { configOf, placesOf, type SiteCase, siteArbitrary } from "./arbitrary-site.ts";
import { type Places, talkArbitrary } from "./arbitrary-talk.ts";
import type { Talk } from "./play.ts";
import type { Config } from "./router.ts";

export interface Case {
  readonly kind: "site" | "router";
  readonly config: Config;
  readonly talks: readonly Talk[];
  readonly of?: SiteCase;
}

const PLACES: Places = {
  near: [
    ...(["172.16.1.50", "172.16.1.131"] as const).map((address) => [address, "eth0"] as const),
    ...(["eth1", "eth2"] as const).map((device) => ["198.51.100.20", device] as const),
    ...[["203.0.113.80", "eth1"] as const, ["10.92.0.77", "eth2"] as const],
    ...(["eth3", "eth4"] as const).map((device) => ["203.0.113.81", device] as const),
  ],
  addresses: POOL.addresses,
};

const talksOf = (places: Places, count: number) =>
  fc.array(talkArbitrary(places), { minLength: count, maxLength: count });

/** @param talks connections per router */
export function caseArbitrary(talks: number): fc.Arbitrary<Case> {
  return fc.oneof(
    siteArbitrary.chain((of) =>
      talksOf(placesOf(of.site), talks).map((list): Case => {
        const config = configOf(of);
        return { kind: "site", config, talks: list, of };
      }),
    ),
    fc.tuple(routerArbitrary, talksOf(PLACES, talks)).map(
      ([config, list]): Case => ({
        kind: "router",
        config,
        talks: list,
      }),
    ),
  );
}

/** The same seed gives the same cases, whatever their number. */
export function casesOf(seed: number, count: number, talks: number): Case[] {
  return fc.sample(caseArbitrary(talks), { seed, numRuns: count });
}
