/** The boxes and lines of a site. Pure. */
import { contains } from "../model/ip.ts";
import { formatMark, formatMarkAndMask } from "../model/mark.ts";
import { lansOf, type NumberedLink, numberedLinks } from "../site/links.ts";
import { siteMask } from "../site/numbers.ts";
import type { Site } from "../site/schema.ts";
import { doorBoxes } from "./doors.ts";
import type { Box, Graph, Line, Row } from "./graph.ts";

export const INTERNET = "internet";
export const ids = {
  isp: (link: string) => `isp:${link}`,
  link: (link: string) => `link:${link}`,
  out: (link: string) => `out:${link}`,
  door: (link: string, server: string) => `door:${link}:${server}`,
  server: (name: string) => `server:${name}`,
  lan: (i: number) => `lan:${i}`,
  clients: (i: number) => `clients:${i}`,
};

/** `title` names the site: project and stack. */
export function graphOf(site: Site, title: string): Graph {
  const links = numberedLinks(site);
  const mask = siteMask(site.mask, Object.values(site.links));
  const doors = doorBoxes(site, links);
  return {
    title,
    subtitle: [
      counted(links.length, "link"),
      counted(Object.keys(site.servers).length, "server"),
      counted(
        site.publish.reduce((sum, { tcp, udp }) => sum + tcp.length + udp.length, 0),
        "door",
      ),
    ].join(", "),
    links: links.map(({ name }) => name),
    router: { title: "Router", rows: routerRows(site, mask) },
    boxes: [
      { id: INTERNET, kind: "internet", title: "The internet", rows: [] },
      ...links.map(({ name, link }): Box => {
        const rows = [{ label: "gateway", text: link.gateway }];
        return { id: ids.isp(name), kind: "isp", title: `ISP of ${name}`, rows, link: name };
      }),
      ...links.map((link) => linkBox(link, site, mask)),
      ...links.flatMap((link) => [
        ...doors.filter((door) => door.link === link.name),
        { id: ids.out(link.name), kind: "out", title: outTitle(site, link), rows: [], link: link.name } as const,
      ]),
      ...lansOf(site).flatMap((lan, i): Box[] => [
        {
          ...{ id: ids.lan(i), kind: "lan", title: lan.device },
          rows: lan.address === undefined ? [] : [{ text: lan.address }],
        },
        ...serverBoxes(site, i),
        {
          id: ids.clients(i),
          kind: "clients",
          title: lan.networks.join(", "),
          rows: clientRows(site),
          lan: ids.lan(i),
        },
      ]),
    ],
    lines: linesOf(site, links, doors),
  };
}

/** The LAN that an address is on: a server that is on none is drawn at the first. */
function lanIndexOf(site: Site, address: string): number | undefined {
  const found = lansOf(site).findIndex(({ networks }) => networks.some((network) => contains(network, address)));
  return found < 0 ? undefined : found;
}

/** The link that an external address of the router belongs to. */
export function siteLink(site: Site, address: string): string | undefined {
  const own = Object.entries(site.links).find(([, link]) =>
    [link.address, ...link.aliases, ...link.existing].includes(address),
  );
  return own?.[0] ?? site.publish.find((one) => one.address === address)?.link;
}

function routerRows(site: Site, mask: number): Row[] {
  const marks = formatMark(mask);
  const way = site.default === undefined ? {} : { link: site.default };
  return [
    { label: "marks", text: `${site.marking}, mask ${marks}` },
    { label: "without a mark", text: site.default ?? "the main table, left alone", ...way },
  ];
}

function linkBox({ name, link, mark, table, priority, fromPriority }: NumberedLink, site: Site, mask: number): Box {
  return {
    ...{ id: ids.link(name), kind: "link", title: name, link: name },
    ...(site.default === name && { badge: "default" }),
    rows: [
      { label: "device", text: link.device },
      { label: "address", text: link.address ?? "the device's own" },
      { label: "mark", text: formatMarkAndMask({ mark, mask }) },
      { label: "rules", text: `${priority} by mark, ${fromPriority} by address` },
      { label: "table", text: `${table}, default via ${link.gateway}` },
    ],
  };
}

function outTitle(site: Site, { link }: NumberedLink): string {
  if (!site.masquerade) return "LAN leaves untranslated";
  return `LAN leaves as ${link.address ?? `${link.device}'s address`}`;
}

function serverBoxes(site: Site, lan: number): Box[] {
  return Object.entries(site.servers)
    .filter(([, { address }]) => (lanIndexOf(site, address) ?? 0) === lan)
    .map(([name, { address, via }]) => ({
      ...{ id: ids.server(name), kind: "server", title: name, lan: ids.lan(lan) },
      rows: [{ text: address }, ...(via === undefined ? [] : [{ label: "leaves by", text: via, link: via }])],
    }));
}

function clientRows(site: Site): Row[] {
  const text = site.default ?? "the main table";
  const rest = Object.keys(site.servers).length > 0 ? "others leave by" : "hosts leave by";
  return [{ label: rest, text, ...(site.default !== undefined && { link: site.default }) }];
}

function linesOf(site: Site, links: readonly NumberedLink[], doors: readonly Box[]): Line[] {
  const inside = (box: Box, link: string): Line => ({ from: ids.link(link), to: box.id, link, kind: "cable" });
  const viaOut = Object.entries(site.servers).flatMap(([name, { via }]): Line[] =>
    via === undefined || doors.some((door) => door.id === ids.door(via, name))
      ? []
      : [{ from: ids.out(via), to: ids.server(name), link: via, kind: "out" }],
  );
  return [
    ...links.flatMap(({ name: link }): Line[] => [
      { from: INTERNET, to: ids.isp(link), link, kind: "cable" },
      { from: ids.isp(link), to: ids.link(link), link, kind: "cable" },
      { from: ids.link(link), to: ids.out(link), link, kind: "cable" },
    ]),
    ...doors.map((door) => inside(door, door.link!)),
    ...doors.map((door): Line => {
      const server = door.id.slice(`door:${door.link}:`.length);
      return { from: door.id, to: ids.server(server), link: door.link!, kind: "door" };
    }),
    ...viaOut,
    ...(site.default === undefined
      ? []
      : lansOf(site).map(
          (_, i): Line => ({ from: ids.out(site.default!), to: ids.clients(i), link: site.default!, kind: "out" }),
        )),
  ];
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
