/** The site as it will be, with a word at each box that the change concerns, and with what goes. Pure. */
import type { Box, Graph, Line, Row } from "../../diagram/graph.ts";
import { graphOf, INTERNET, ids } from "../../diagram/site-graph.ts";
import type { Preview } from "./preview.ts";
import { placeOf, type SiteReview } from "./review.ts";
import type { Service, ServiceChange } from "./services.ts";
import { plain } from "./words.ts";

/** Of a site with more published services only those that change are drawn. */
const MOST_DOORS = 12;

/** undefined: nothing changes, or no stack file says what the site is. */
export function pictureOf({ site }: Preview, review: SiteReview): Graph | undefined {
  if (!site || review.outcome !== "changes" || review.lines.length === 0) return undefined;
  const graph = graphOf(site, `${review.project ?? ""} / ${plain(placeOf(review))}: the change`);
  const marked = graph.boxes.map((box) => withBadge(box, badgeOf(box, review)));
  const boxes = [...marked, ...gone(graph, review)];
  const lines = [...graph.lines, ...goneLines(graph, review)];
  const doors = boxes.filter(({ kind }) => kind === "door").length;
  const kept = doors <= MOST_DOORS ? boxes : boxes.filter(({ kind, badge }) => kind !== "door" || badge !== undefined);
  const left = doors - kept.filter(({ kind }) => kind === "door").length;
  const known = new Set(kept.map(({ id }) => id));
  return {
    ...{ ...graph, boxes: kept, lines: lines.filter(({ from, to }) => known.has(from) && known.has(to)) },
    links: [
      ...graph.links,
      ...review.links
        .filter(({ what, link }) => what === "goes" && !graph.links.includes(link))
        .map(({ link }) => link),
    ],
    ...(left > 0 && { subtitle: `${graph.subtitle}; doors that stay as they are, ${left}, are not drawn` }),
  };
}

function withBadge(box: Box, badges: readonly string[]): Box {
  const { badge: _, ...rest } = box;
  return badges.length === 0 ? rest : { ...rest, badge: badges.join(", ") };
}

const LINK = { comes: "new", goes: "goes", changes: "changed", "is mended": "mended" } as const;

function badgeOf(box: Box, review: SiteReview): string[] {
  const { services, switches, isDestroy } = review;
  switch (box.kind) {
    case "link":
      return linkBadge(box, review);
    case "door":
      return doorBadge(
        services.filter(({ service }) => box.id === ids.door(service.link ?? "", service.server)),
        portsOf(box.rows),
        isDestroy,
      );
    case "server":
      return switches.some(({ server }) => server === box.title) ? ["switched"] : asItIs(box);
    case "clients":
      return movedDefault(review) ? ["moved"] : asItIs(box);
    default:
      return asItIs(box);
  }
}

const asItIs = ({ badge }: Box) => (badge === undefined ? [] : [badge]);

/** The default of those that are switched to no link, where the change moves it from one to another. */
function movedDefault({ default: main, isDestroy }: SiteReview): SiteReview["default"] {
  return main !== undefined && !main.found && !isDestroy ? main : undefined;
}

function linkBadge({ badge, link }: Box, review: SiteReview): string[] {
  const word = review.links.find((one) => one.link === link)?.what;
  const moved = movedDefault(review);
  const way = moved?.to === link ? "default from now on" : moved?.from === link ? "default until now" : badge;
  return [...(word ? [LINK[word]] : []), ...(way === undefined || review.isDestroy ? [] : [way])];
}

/** How many ports a box of published services has. */
const portsOf = (rows: readonly Row[]) =>
  rows
    .filter(({ label }) => label === "tcp" || label === "udp")
    .reduce((sum, { text }) => sum + text.split(", ").length, 0);

function doorBadge(changes: readonly ServiceChange[], ports: number, isDestroy: boolean): string[] {
  if (isDestroy) return ["goes"];
  if (changes.length === 0) return [];
  if (changes.every(({ what }) => what === "comes")) return [changes.length === ports ? "new" : "more"];
  const words = [...new Set(changes.map(({ what }) => ({ comes: "more", goes: "less", moves: "moved" })[what]))];
  return [words.join(", ")];
}

/** Published services of which no box is left, by link and server. */
function goneServices(graph: Graph, { services }: SiteReview): Map<string, Service[]> {
  const known = new Set(graph.boxes.map(({ id }) => id));
  const all = services.filter(({ what }) => what === "goes").map(({ service }) => service);
  const lost = all.filter(({ link, server }) => link !== undefined && !known.has(ids.door(link, server)));
  return Map.groupBy(lost, ({ link, server }) => ids.door(link!, server));
}

function gone(graph: Graph, review: SiteReview): Box[] {
  const known = new Set(graph.boxes.map(({ id }) => id));
  const links = review.links.filter(({ what, link }) => what === "goes" && !known.has(ids.link(link)));
  return [
    ...links.flatMap(({ link, device }): Box[] => [
      { id: ids.isp(link), kind: "isp", title: `ISP of ${link}`, rows: [], link },
      { id: ids.link(link), kind: "link", title: link, rows: [{ label: "device", text: device }], link, badge: "goes" },
    ]),
    ...[...goneServices(graph, review)].map(([id, all]): Box => {
      const { link, server, address } = all[0]!;
      const rows = [...all.map((one) => ({ label: one.protocol, text: one.port })), { label: "to", text: server }];
      return { id, kind: "door", title: address, rows, link: link!, badge: "goes" };
    }),
  ];
}

function goneLines(graph: Graph, review: SiteReview): Line[] {
  return [
    ...review.links
      .filter(({ what }) => what === "goes")
      .flatMap(({ link }): Line[] => [
        { from: INTERNET, to: ids.isp(link), link, kind: "cable" },
        { from: ids.isp(link), to: ids.link(link), link, kind: "cable" },
      ])
      .filter(({ to, from }) => !graph.lines.some((one) => one.from === from && one.to === to)),
    ...[...goneServices(graph, review)].flatMap(([id, [first]]): Line[] => [
      { from: ids.link(first!.link!), to: id, link: first!.link!, kind: "cable" },
      { from: id, to: ids.server(first!.server), link: first!.link!, kind: "door" },
    ]),
  ];
}
