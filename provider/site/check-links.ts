/** Links as such: names, devices, gateways, and who names them elsewhere. */
import { contains } from "../model/ip.ts";
import { type Draft, type DraftLink, present } from "./draft.ts";
import type { Fault } from "./faults.ts";
import { suggest } from "./suggest.ts";

/** rt_tables(5) has the first four already. A table called by one of the others hides what `ip route show table all` prints (ip-route(8)). */
const RESERVED_NAMES = ["local", "main", "default", "unspec", "all", "cache"];

export function checkLinks(draft: Draft): Fault[] {
  return [
    ...names(draft),
    ...twice(draft, "id", (link) => link.id),
    ...twice(draft, "device", (link) => link.device),
    ...devices(draft),
    ...gateways(draft),
    ...references(draft),
    ...reversePaths(draft),
  ];
}

function names({ links }: Draft): Fault[] {
  return [...links.keys()]
    .filter((name) => RESERVED_NAMES.includes(name))
    .map((name) => ({
      path: ["links", name],
      message: `${name} is the name of one of the kernel's own tables, or a word of ip's for them; take another`,
    }));
}

/** What each link must have for itself. */
function twice({ links }: Draft, key: string, of: (link: DraftLink) => string | number | undefined): Fault[] {
  const owners = new Map<string | number, string>();
  return [...links].flatMap(([name, link]) => {
    const value = of(link);
    if (value === undefined) return [];
    const owner = owners.get(value);
    owners.set(value, owner ?? name);
    return owner === undefined
      ? []
      : [{ path: ["links", name, key], message: `${value} is the ${key} of ${owner} already` }];
  });
}

function devices({ links, lans }: Draft): Fault[] {
  return [...links]
    .filter(([, { device }]) => device !== undefined && lans.some((lan) => lan.device === device))
    .map(([name, { device }]) => ({
      path: ["links", name, "device"],
      message: `${device} is the device of the LAN already`,
    }));
}

function gateways({ links, lans }: Draft): Fault[] {
  const networks = lans.flatMap((lan) => present(lan.networks)).map(({ item }) => item);
  return [...links].flatMap(([name, { gateway }]) =>
    networks
      .filter((network) => gateway !== undefined && contains(network, gateway))
      .map((network) => ({
        path: ["links", name, "gateway"],
        message: `${gateway} is in the LAN ${network}: the gateway must be the ISP's router`,
      })),
  );
}

/** `default` and `via` name links: an unknown name is told with the one that was probably meant. */
function references(draft: Draft): Fault[] {
  const known = [...draft.links.keys()];
  const named = [
    { path: ["default"], link: draft.default },
    ...[...draft.servers].map(([name, server]) => ({ path: ["servers", name, "via"], link: server?.via })),
  ];
  return named.flatMap(({ path, link }) =>
    link === undefined || known.includes(link) ? [] : [{ path, message: noSuch("link", link, known) }],
  );
}

function reversePaths({ links, marking }: Draft): Fault[] {
  if (marking !== "reply-only") return [];
  return [...links]
    .filter(([, link]) => link.reversePath === "strict")
    .map(([name]) => ({
      path: ["links", name, "reversePath"],
      message:
        "strict needs marking: every-packet, since the kernel's check must see the mark on arriving packets; take loose",
    }));
}

export function noSuch(what: string, name: string, known: readonly string[]): string {
  const list = known.length === 0 ? `there are no ${what}s` : `the ${what}s are ${known.join(", ")}`;
  return `there is no ${what} ${JSON.stringify(name)}${suggest(name, known) || `; ${list}`}`;
}
