/** A random router by its seed: value names by dimension, as data that can be printed, read again and made smaller. */
import { ADDRESSES, DEVICES } from "./devices.ts";
import { BOOT, BY_HAND, OTHERS, RT_TABLES, SETTINGS } from "./files.ts";
import { IPTABLES, LAYOUT, SHELL, TOOLS } from "./machine.ts";
import { NATIVE, ODD_RULES, POLICIES, TABLE_STATES } from "./netfilter.ts";
import { IN_THE_WAY, POLICY_RULES } from "./policy-rules.ts";
import { DEFAULTS, ROUTES } from "./routes.ts";
import type { Dimension, RandomRouter, Value } from "./value.ts";

/** In the order in which a router is built. */
export const DIMENSIONS: readonly Dimension[] = [
  ...[SHELL, TOOLS, LAYOUT, DEVICES, ADDRESSES, DEFAULTS, ROUTES, POLICY_RULES, SETTINGS],
  ...[IPTABLES, ...TABLE_STATES, POLICIES, ODD_RULES, NATIVE],
  ...[RT_TABLES, BOOT, BY_HAND, OTHERS, IN_THE_WAY],
];

export function drawRouter(random: () => number): RandomRouter {
  return Object.fromEntries(DIMENSIONS.map((dimension) => [dimension.name, drawFrom(dimension, random)]));
}

/** The same router with the nth of a dimension's rare values: for those that are drawn too seldom by themselves. */
export function withRare(router: RandomRouter, dimension: string, n: number): RandomRouter {
  const { values } = DIMENSIONS.find(({ name }) => name === dimension) ?? { values: [] };
  const usual = Math.max(...values.map(({ weight = 1 }) => weight));
  const rare = values.filter(({ weight = 1 }) => weight < usual);
  if (rare.length === 0) throw new Error(`no dimension "${dimension}" with rare values`);
  return { ...router, [dimension]: [rare[n % rare.length]!.name] };
}

function drawFrom({ some: [from, to], values }: Dimension, random: () => number): string[] {
  const count = from + Math.floor(random() * (to - from + 1));
  const left = [...values];
  const drawn = Array.from({ length: Math.min(count, left.length) }, () => left.splice(weighted(left, random), 1)[0]!);
  // In the order of the list: a router is the same however its values were drawn.
  return values.filter((value) => drawn.includes(value)).map(({ name }) => name);
}

function weighted(values: readonly Value[], random: () => number): number {
  let at = random() * values.reduce((sum, { weight = 1 }) => sum + weight, 0);
  const found = values.findIndex(({ weight = 1 }) => {
    at -= weight;
    return at < 0;
  });
  return found < 0 ? values.length - 1 : found;
}

/** A router without anything but what it must have: the first value of each dimension that wants one. */
export const plainRouter = (): RandomRouter =>
  Object.fromEntries(
    DIMENSIONS.map(({ name, some, values }) => [name, values.slice(0, some[0]).map((value) => value.name)]),
  );

export function valuesOf(router: RandomRouter): Value[] {
  return DIMENSIONS.flatMap(({ name, values }) =>
    (router[name] ?? []).map((chosen) => {
      const value = values.find((one) => one.name === chosen);
      if (!value) throw new Error(`no value "${chosen}" of "${name}"`);
      return value;
    }),
  );
}

/** Dimensions in which it differs from a plain router, a line each. */
export function describe(router: RandomRouter): string {
  const usual = plainRouter();
  return DIMENSIONS.filter(({ name }) => String(router[name]) !== String(usual[name]))
    .map(({ name }) => `${name}: ${router[name]!.join(" | ")}`)
    .join("\n");
}

export const has = (router: RandomRouter, dimension: string, value: string): boolean =>
  router[dimension]?.includes(value) ?? false;
