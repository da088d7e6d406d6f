/** Links as such: names, devices, gateways, and who is named elsewhere. */
import { contains } from "../kernel/ip.ts";
import type { Draft } from "./draft.ts";
import type { Fault } from "./faults.ts";
import type { Link } from "./schema.ts";
import { suggest } from "./suggest.ts";

/** rt_tables(5) has these already. */
const RESERVED_NAMES = ["local", "main", "default", "unspec"];

export function checkLinks(draft: Draft): Fault[] {
  return [
    ...(draft.linkNames.length === 0 ? [] : names(draft)),
    ...twice(draft, "id", (link) => link.id),
    ...twice(draft, "device", (link) => link.device),
    ...twice(draft, "gateway", (link) => link.gateway),
    ...devices(draft),
    ...gateways(draft),
    ...named(draft),
    ...reversePaths(draft),
  ];
}

function names({ linkNames }: Draft): Fault[] {
  return linkNames
    .filter((name) => RESERVED_NAMES.includes(name))
    .map((name) => ({
      path: ["links", name],
      message: `${name} is the name of one of the kernel's own tables; take another`,
    }));
}

/** What each link must have for itself. */
function twice({ links }: Draft, key: string, valueIn: (link: Link) => string | number): Fault[] {
  const owners = new Map<string | number, string>();
  return [...links].flatMap(([name, link]) => {
    const value = valueIn(link);
    const owner = owners.get(value);
    owners.set(value, owner ?? name);
    return owner === undefined
      ? []
      : [{ path: ["links", name, key], message: `${value} is the ${key} of ${owner} already` }];
  });
}

function devices({ links, lans }: Draft): Fault[] {
  return [...links].flatMap(([name, link]) =>
    lans
      .filter(({ lan }) => lan.device === link.device)
      .map(() => ({ path: ["links", name, "device"], message: `${link.device} is the device of the LAN already` })),
  );
}

function gateways({ links, lans }: Draft): Fault[] {
  return [...links].flatMap(([name, link]) =>
    lans
      .flatMap(({ lan }) => lan.networks)
      .filter((network) => contains(network, link.gateway))
      .map((network) => ({
        path: ["links", name, "gateway"],
        message: `${link.gateway} is in the LAN ${network}: the gateway must be the ISP's router`,
      })),
  );
}

/** `default` and `via` name links: an unknown name is told with the one that was probably meant. */
function named(draft: Draft): Fault[] {
  const wrong = [...draft.servers].filter(([, { via }]) => via !== undefined && !draft.linkNames.includes(via));
  return [
    ...(draft.default === undefined || draft.linkNames.includes(draft.default)
      ? []
      : [{ path: ["default"], message: noSuch("link", draft.default, draft.linkNames) }]),
    ...wrong.map(([name, { via }]) => ({
      path: ["servers", name, "via"],
      message: noSuch("link", via!, draft.linkNames),
    })),
  ];
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
