/** A random site for a random router, and a random change of it. */
import { checkSite } from "../../../provider/site/check.ts";
import { compose } from "../../../provider/site/compose.ts";
import { labSite } from "../../drive/index.ts";
import type { Resource } from "../faults/site.ts";
import { valuesOf } from "./draw.ts";
import { busyboxOf, deviceOf } from "./script.ts";
import type { RandomRouter } from "./value.ts";

type Draft = Record<string, unknown>;
interface Door {
  readonly link: string;
  readonly address: string;
  readonly server: string;
  readonly tcp?: readonly unknown[];
  readonly udp?: readonly unknown[];
}

export interface RandomSite {
  /** Each trait is one decision; they are the data that a site follows from. */
  readonly traits: Readonly<Record<string, string>>;
}

const TRAITS: Readonly<Record<string, readonly string[]>> = {
  marking: ["every-packet", "every-packet", "reply-only"],
  mask: ["default", "default", "default", "default", "0xffffffff", "0xff", "0xf0"],
  default: ["wan_one", "wan_two", "none"],
  metric: ["0", "0", "0", "50"],
  masquerade: ["yes", "yes", "no"],
  hairpin: ["yes", "yes", "no"],
  forward: ["no", "no", "yes"],
  persist: ["yes", "no"],
  reversePath: ["loose", "loose", "loose", "loose", "loose", "leave"],
  alias: ["none", "none", "one"],
  via: ["none", "none", "server3"],
  addresses: ["own", "own", "the device's"],
  doors: ["five", "two", "none", "ranges"],
};

export function drawSite(random: () => number): RandomSite {
  const one = (list: readonly string[]) => list[Math.floor(random() * list.length)]!;
  return { traits: Object.fromEntries(Object.entries(TRAITS).map(([name, values]) => [name, one(values)])) };
}

/** One trait, sometimes two, of another value. */
export function changeSite({ traits }: RandomSite, random: () => number): RandomSite {
  const names = Object.keys(TRAITS);
  const changed: Record<string, string> = { ...traits };
  for (let left = random() < 0.7 ? 1 : 2; left > 0; left--) {
    const name = names[Math.floor(random() * names.length)]!;
    const others = TRAITS[name]!.filter((value) => value !== traits[name]);
    changed[name] = others[Math.floor(random() * others.length)]!;
  }
  return { traits: changed };
}

const DOORS: Readonly<Record<string, (all: readonly Door[]) => readonly Door[]>> = {
  five: (all) => all,
  two: (all) => all.slice(2, 4),
  none: () => [],
  ranges: () => [
    {
      link: "wan_one",
      address: "123.234.1.11",
      server: "server1",
      tcp: ["5000-5010", { port: 8080, to: 80 }],
      udp: [53],
    },
    { link: "wan_two", address: "216.111.1.14", server: "server3", tcp: [443] },
  ],
};

export function resourcesOf(site: RandomSite, router: RandomRouter): readonly Resource[] {
  const checked = checkSite(written(site, router));
  if ("faults" in checked) throw new Error(`the site itself: ${JSON.stringify(checked.faults)}`);
  return compose(checked.site, "site");
}

export function written({ traits: t }: RandomSite, router: RandomRouter): Draft {
  const base = labSite();
  const lan = base.lan as object;
  const links = base.links as Record<string, Draft>;
  const link = (name: string): Draft => {
    const { address, device, ...rest } = links[name]!;
    return {
      ...rest,
      device: deviceOf(router, device as string),
      reversePath: t.reversePath,
      ...(t.addresses === "own" && { address }),
      ...(t.alias === "one" && name === "wan_one" && { aliases: ["123.234.1.20"] }),
    };
  };
  const servers = base.servers as Record<string, string>;
  const { mask: _, default: __, ...rest } = base;
  return {
    ...rest,
    lan: { ...lan, device: deviceOf(router, "eth0") },
    links: { wan_one: link("wan_one"), wan_two: link("wan_two") },
    servers: { ...servers, ...(t.via === "server3" && { server3: { address: servers.server3, via: "wan_two" } }) },
    publish: DOORS[t.doors!]!(base.publish as readonly Door[]),
    marking: t.marking,
    ...(t.mask !== "default" && { mask: Number(t.mask) }),
    ...(t.default !== "none" && { default: t.default, defaultMetric: Number(t.metric) }),
    ...Object.fromEntries(["masquerade", "hairpin", "forward", "persist"].map((key) => [key, t[key] === "yes"])),
    // The name that revisions have which recordings are compared with.
    adopt: adoptedOn(router),
  };
}

/** busybox prints such lines in words of its own, and not all of them: there they stay foreign. */
export const adoptedOn = (router: RandomRouter): readonly string[] =>
  busyboxOf(router) ? [] : valuesOf(router).flatMap(({ adopt }) => adopt ?? []);

export const describeSite = ({ traits }: RandomSite): string =>
  Object.entries(traits)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
