/** Whom the change concerns, and for how long: published services, servers, networks inside. Pure. */
import { doorsOf, formatPort } from "../../site/doors.ts";
import { lansOf } from "../../site/links.ts";
import type { Site } from "../../site/schema.ts";
import type { LinkChange } from "./links.ts";
import type { Preview } from "./preview.ts";
import type { ServiceChange } from "./services.ts";
import type { DefaultMove, SwitchMove } from "./ways.ts";
import { own, say, type Words } from "./words.ts";

export interface Changes {
  readonly links: readonly LinkChange[];
  readonly services: readonly ServiceChange[];
  readonly default: DefaultMove | undefined;
  readonly switches: readonly SwitchMove[];
}

export interface Affected {
  readonly who: Words;
  readonly how: Words;
}

export function affectedBy({ links, services, default: main, switches }: Changes, { site }: Preview): Affected[] {
  const changed = new Set(services.map(({ service }) => service.name));
  const of = (what: ServiceChange["what"]) =>
    services.filter((one) => one.what === what).map(({ service }) => service.name);
  const open = (what: ServiceChange["what"], kept: string) => {
    const udp = services.some((one) => one.what === what && one.service.protocol === "udp");
    return `open ones of TCP keep ${kept}${udp ? ", those of UDP end" : ""}`;
  };
  const staying = (names: readonly string[]) =>
    (site ? publishedBy(site, names) : []).filter((name) => !changed.has(name));
  const names = (what: LinkChange["what"], moves?: boolean) =>
    links.filter((one) => one.what === what && (moves === undefined || one.moves === moves)).map(({ link }) => link);
  const moved = staying(names("changes", true));
  const mended = staying(names("is mended"));
  return [
    ...group(
      own("Published services that come"),
      of("comes"),
      own("they can be reached once the step that brings them is made"),
    ),
    ...group(
      own("Published services that go"),
      of("goes"),
      own(`new connections find nothing there any more; ${open("goes", "the mapping that they began with")}`),
    ),
    ...group(
      own("Published services that move"),
      of("moves"),
      own(`new connections reach the other server; ${open("moves", "the one that they began with")}`),
    ),
    ...group(
      own("Published services by a link that changes"),
      moved,
      own("they stay reachable: what is new is on the router before what is old goes"),
    ),
    ...group(
      own("Published services by a link that is mended"),
      mended,
      own("their answers leave by their link again as soon as the lines are back"),
    ),
    ...(main && !main.found ? inside(site, main) : []),
    ...switches.map(({ server }) => ({
      who: say`Server ${server}`,
      how: own("its new connections take the other way; open ones stay on the link that they began on"),
    })),
  ];
}

function group(who: Words, names: readonly string[], how: Words): Affected[] {
  return names.length === 0 ? [] : [{ who: say`${who}: ${names}`, how }];
}

/** Those who have no link of their own. */
function inside(site: Site | undefined, { to }: DefaultMove): Affected[] {
  const networks = site ? lansOf(site).flatMap((lan) => lan.networks) : [];
  const kept = Object.entries(site?.servers ?? {}).flatMap(([name, { via }]) => (via === undefined ? [] : [name]));
  const who = networks.length === 0 ? own("Networks inside") : say`Networks inside: ${networks}`;
  const way = to === undefined ? own("as the main table says") : say`by ${to}`;
  const except = kept.length === 0 ? own("") : say`, but for ${kept}, which has a link of its own`;
  return [
    {
      who,
      how: say`new connections leave ${way}${except}; open ones ${own(to === undefined ? "by another link end" : "stay on the link that they began on")}`,
    },
  ];
}

function publishedBy(site: Site, links: readonly string[]): string[] {
  return site.publish
    .filter(({ link }) => links.includes(link))
    .flatMap((publish) =>
      doorsOf(publish).map(({ protocol, port }) => `${protocol} ${publish.address}:${formatPort(port)}`),
    );
}

/** How long a change may stay unconfirmed. */
export function howLong({ router }: Preview): Words {
  const time =
    router.confirmTimeout === undefined
      ? own("60 seconds (more on a slow router)")
      : own(`${router.confirmTimeout} seconds`);
  return say`Each step is guarded: it counts when a new connection to the router has been made behind it; otherwise the router takes it back by itself, after ${time}.`;
}
