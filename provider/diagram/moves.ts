/** The boxes that one direction of a packet's way leads by. */
import { lansOf } from "../site/links.ts";
import type { Site } from "../site/schema.ts";
import type { Graph, Step } from "./graph.ts";
import { INTERNET, ids } from "./site-graph.ts";
import type { Leg } from "./way.ts";

export type Move = Omit<Step, "number" | "leg">;

/** What a device of the router leads to. One that the site does not know is the router's own affair. */
type Side = { readonly kind: "link"; readonly link: string } | { readonly kind: "lan"; readonly lan: number } | Router;
type Router = { readonly kind: "router" };

export function movesOf(graph: Graph, site: Site, leg: Leg): Move[] {
  const comes = sideOf(site, leg.inDevice);
  const goes = sideOf(site, leg.outDevice);
  const drawing = { graph, site, leg };
  switch (comes.kind) {
    case "link":
      return movesFromLink(drawing, comes.link, goes);
    case "lan":
      return movesFromLan(drawing, comes.lan, goes);
    case "router":
      return movesFromRouter(drawing, goes);
  }
}

interface Drawing {
  readonly graph: Graph;
  readonly site: Site;
  readonly leg: Leg;
}

function movesFromLink(drawing: Drawing, link: string, goes: Side): Move[] {
  const { notes, to } = drawing.leg;
  if (goes.kind === "router") return fromOutside(drawing, link, notes);
  const before = fromOutside(drawing, link);
  if (goes.kind === "lan") {
    const at = natOf(drawing, link, to);
    return [...before, { from: ids.link(link), to: at, texts: notes }, ...toHost(drawing, at, goes.lan)];
  }
  if (link === goes.link) return [...before, ...toOutside(drawing, link, notes)];
  const across = { from: ids.link(link), to: ids.link(goes.link), texts: notes };
  return [...before, across, ...toOutside(drawing, goes.link)];
}

function movesFromLan(drawing: Drawing, lan: number, goes: Side): Move[] {
  const { notes, from } = drawing.leg;
  const own = ids.lan(lan);
  if (goes.kind === "router") return fromHost(drawing, own, lan, notes);
  if (goes.kind === "link") {
    const at = natOf(drawing, goes.link, from);
    const out = { from: at, to: ids.link(goes.link), texts: notes };
    return [...fromHost(drawing, at, lan), out, ...toOutside(drawing, goes.link)];
  }
  const door = hairpinOf(drawing);
  if (door !== undefined) return [...fromHost(drawing, door, lan), ...toHost(drawing, door, goes.lan, notes)];
  if (lan === goes.lan) return [...fromHost(drawing, own, lan), ...toHost(drawing, own, lan, notes)];
  const other = ids.lan(goes.lan);
  return [...fromHost(drawing, own, lan), { from: own, to: other, texts: notes }, ...toHost(drawing, other, goes.lan)];
}

/** What the router itself sends to itself takes no step. */
function movesFromRouter(drawing: Drawing, goes: Side): Move[] {
  const texts = [...sentTexts(drawing.leg), ...drawing.leg.notes];
  if (goes.kind === "link") return toOutside(drawing, goes.link, texts);
  return goes.kind === "lan" ? toHost(drawing, ids.lan(goes.lan), goes.lan, texts) : [];
}

function sentTexts({ from, inDevice }: Leg): string[] {
  return [`${from} sends it`, ...(inDevice === undefined ? [] : [`in by ${inDevice}`])];
}

const outTexts = ({ outDevice }: Leg) => (outDevice === undefined ? [] : [`out by ${outDevice}`]);

function fromOutside({ leg }: Drawing, link: string, more: readonly string[] = []): Move[] {
  const [sent = "", ...arrives] = sentTexts(leg);
  return [
    { from: INTERNET, to: ids.isp(link), texts: [sent] },
    { from: ids.isp(link), to: ids.link(link), texts: [...arrives, ...more] },
  ];
}

function toOutside({ leg }: Drawing, link: string, before: readonly string[] = []): Move[] {
  return [
    { from: ids.link(link), to: ids.isp(link), texts: [...before, ...outTexts(leg)] },
    // A packet that is lost out there is lost at that ISP, as one with the other's source is.
    ...(leg.verdict === "dropped" ? [] : [{ from: ids.isp(link), to: INTERNET, texts: [`on to ${leg.to}`] }]),
  ];
}

function toHost({ site, leg }: Drawing, from: string, lan: number, before: readonly string[] = []): Move[] {
  const texts = [...before, ...outTexts(leg), `to ${leg.to}`];
  return [past(lan, from, { from, to: hostAt(site, leg.to, lan), texts })];
}

function fromHost({ site, leg }: Drawing, to: string, lan: number, more: readonly string[] = []): Move[] {
  return [past(lan, to, { from: hostAt(site, leg.from, lan), to, texts: [...sentTexts(leg), ...more] })];
}

/** A line between a host and what is not the LAN's device itself passes that device. */
function past(lan: number, other: string, move: Move): Move {
  return other === ids.lan(lan) ? move : { ...move, over: ids.lan(lan) };
}

/** Where NAT of a link is drawn: at a host's doors there, else at the LAN's way out. */
function natOf({ graph, site }: Drawing, link: string, address: string): string {
  return doorOf(graph, site, link, address) ?? ids.out(link);
}

function sideOf(site: Site, device: string | undefined): Side {
  const link = Object.entries(site.links).find(([, one]) => one.device === device)?.[0];
  if (link !== undefined) return { kind: "link", link };
  const lan = lansOf(site).findIndex((one) => one.device === device);
  return lan < 0 ? { kind: "router" } : { kind: "lan", lan };
}

function serverOf(site: Site, address: string): string | undefined {
  return Object.entries(site.servers).find(([, one]) => one.address === address)?.[0];
}

function hostAt(site: Site, address: string, lan: number): string {
  const server = serverOf(site, address);
  return server === undefined ? ids.clients(lan) : ids.server(server);
}

function doorOf(graph: Graph, site: Site, link: string, address: string): string | undefined {
  const server = serverOf(site, address);
  const door = server === undefined ? undefined : ids.door(link, server);
  return graph.boxes.some(({ id }) => id === door) ? door : undefined;
}

/** From one host of the LAN to another by an external address: the door of either of them, that of the packet's link if it has one. */
function hairpinOf({ graph, site, leg: { link, from, to } }: Drawing): string | undefined {
  const links = link === undefined ? Object.keys(site.links) : [link];
  return links.flatMap((name) => doorOf(graph, site, name, to) ?? doorOf(graph, site, name, from) ?? [])[0];
}
