/** Whom the change concerns, and for how long: published services, servers, networks inside. Pure. */
import { doorsOf, formatPort } from "../../site/doors.ts";
import { lansOf } from "../../site/links.ts";
import type { Site } from "../../site/schema.ts";
import type { Affected } from "./concerned.ts";
import type { LinkChange } from "./links.ts";
import type { Names } from "./names.ts";
import { ownAddresses } from "./own-addresses.ts";
import type { Preview } from "./preview.ts";
import type { ServiceChange } from "./services.ts";
import type { DefaultMove, GatewayMove, SwitchMove } from "./ways.ts";
import { own, say, type Words } from "./words.ts";

export interface Changes {
  readonly links: readonly LinkChange[];
  readonly services: readonly ServiceChange[];
  readonly default: DefaultMove | undefined;
  readonly switches: readonly SwitchMove[];
  readonly gateway: GatewayMove | undefined;
}

export function affectedBy(changes: Changes, { site, steps }: Preview, names: Names): Affected[] {
  const { links, services, default: main, switches, gateway } = changes;
  const changed = new Set(services.map(({ service }) => service.name));
  const staying = (names: readonly string[]) =>
    (site ? publishedBy(site, names) : []).filter((name) => !changed.has(name));
  const named = (wanted: (link: LinkChange) => boolean) => links.filter(wanted).map(({ link }) => link);
  const mapped = (what: ServiceChange["what"]) => services.filter((one) => one.what === what);
  const ends = new Set(named(({ what }) => what === "goes"));
  const withLink = mapped("goes").filter(({ service }) => ends.has(service.link ?? ""));
  const alone = mapped("goes").filter((one) => !withLink.includes(one));
  const moved = named(({ what, moves }) => what === "changes" && moves);
  return [
    ...group(
      "Published services that come",
      mapped("comes"),
      "they can be reached once the step that brings them is made",
    ),
    ...group(
      "Published services that go with their link",
      withLink,
      "new connections find nothing there any more, and open ones end",
    ),
    ...group(
      "Published services that go",
      alone,
      `new connections find nothing there any more; ${open(alone, "the mapping that they began with")}`,
    ),
    ...group(
      "Published services that move",
      mapped("moves"),
      `new connections reach the other server; ${open(mapped("moves"), "the one that they began with")}`,
    ),
    ...listed(
      "Published services by a link that changes",
      staying(moved),
      "they stay reachable: what is new is on the router before what is old goes",
    ),
    ...listed(
      "Published services by a link that is mended",
      staying(named(({ what }) => what === "is mended")),
      "their replies leave by their link again as soon as the lines are back",
    ),
    ...(main && !main.found ? inside(site, main) : []),
    ...elsewhere(site, gateway),
    ...switches.map(({ server }) => ({
      who: say`Server ${server}`,
      how: own("its new connections take the other way; open ones stay on the link that they began on"),
    })),
    ...ownAddresses(steps, names),
  ];
}

/** What becomes of open connections: those of UDP are forgotten, because they might not end by themselves. */
function open(services: readonly ServiceChange[], kept: string): string {
  const of = (protocol: string) => services.some(({ service }) => service.protocol === protocol);
  const tcp = of("tcp") ? [`open ones of TCP keep ${kept}`] : [];
  return [...tcp, ...(of("udp") ? ["open ones of UDP end, where the router has conntrack"] : [])].join(", ");
}

const group = (who: string, services: readonly ServiceChange[], how: string) =>
  listed(
    who,
    services.map(({ service }) => service.name),
    how,
  );

function listed(who: string, names: readonly string[], how: string): Affected[] {
  return names.length === 0 ? [] : [{ who: say`${own(who)}: ${names}`, how: own(how) }];
}

/** Those who have no link of their own. */
function inside(site: Site | undefined, { to }: DefaultMove): Affected[] {
  const kept = Object.entries(site?.servers ?? {}).flatMap(([name, { via }]) => (via === undefined ? [] : [name]));
  const way = to === undefined ? own("as the main table says") : say`by ${to}`;
  const except = kept.length === 0 ? own("") : say`, but for ${kept}, which has a link of its own`;
  return [
    {
      who: networksInside(site),
      how: say`new connections leave ${way}${except}; open ones ${own(to === undefined ? "by another link end" : "stay on the link that they began on")}`,
    },
  ];
}

function networksInside(site: Site | undefined): Words {
  const networks = site ? lansOf(site).flatMap((lan) => lan.networks) : [];
  return networks.length === 0 ? own("Networks inside") : say`Networks inside: ${networks}`;
}

/** The link stays, and with it the address that others see. */
function elsewhere(site: Site | undefined, gateway: GatewayMove | undefined): Affected[] {
  if (gateway === undefined) return [];
  const { link, from, to } = gateway;
  const how = say`new connections leave by ${link} as before, and over the gateway ${to} instead of ${from}; open ones follow the routing table of their link`;
  return [{ who: networksInside(site), how }];
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
  const usual = "60 seconds (more on a slow router)";
  const time = router.isUnknown
    ? say`its ${own("`confirmTimeout`")}, ${own(usual)} where it has none`
    : own(router.confirmTimeout === undefined ? usual : `${router.confirmTimeout} seconds`);
  return say`Each step is guarded: it counts when a new connection to the router has been made behind it; otherwise the router rolls it back by itself, after ${time}.`;
}
