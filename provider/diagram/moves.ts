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
  const { notes } = leg;
  const sent = [`${leg.from} sends it`, ...(leg.inDevice === undefined ? [] : [`in by ${leg.inDevice}`])];
  const out = leg.outDevice === undefined ? [] : [`out by ${leg.outDevice}`];
  const host = (address: string, lan: number) => hostAt(site, address, lan);
  /** Where NAT of a link is drawn: at a host's doors there, else at the LAN's way out. */
  const nat = (link: string, address: string) => doorOf(graph, site, link, address) ?? ids.out(link);
  const fromOutside = (link: string, more: readonly string[] = []): Move[] => [
    { from: INTERNET, to: ids.isp(link), texts: sent.slice(0, 1) },
    { from: ids.isp(link), to: ids.link(link), texts: [...sent.slice(1), ...more] },
  ];
  const toOutside = (link: string, before: readonly string[] = []): Move[] => [
    { from: ids.link(link), to: ids.isp(link), texts: [...before, ...out] },
    // A packet that is lost out there is lost at that ISP, as one with the other's source is.
    ...(leg.verdict === "dropped" ? [] : [{ from: ids.isp(link), to: INTERNET, texts: [`on to ${leg.to}`] }]),
  ];
  const toHost = (from: string, lan: number, before: readonly string[] = []): Move[] => {
    const move = { from, to: host(leg.to, lan), texts: [...before, ...out, `to ${leg.to}`] };
    return [from === ids.lan(lan) ? move : { ...move, over: ids.lan(lan) }];
  };
  const fromHost = (to: string, lan: number, more: readonly string[] = []): Move[] => {
    const move = { from: host(leg.from, lan), to, texts: [...sent, ...more] };
    return [to === ids.lan(lan) ? move : { ...move, over: ids.lan(lan) }];
  };

  if (comes.kind === "link") {
    const { link } = comes;
    if (goes.kind === "router") return fromOutside(link, notes);
    if (goes.kind === "lan") {
      const at = nat(link, leg.to);
      return [...fromOutside(link), { from: ids.link(link), to: at, texts: notes }, ...toHost(at, goes.lan)];
    }
    if (link === goes.link) return [...fromOutside(link), ...toOutside(link, notes)];
    return [
      ...fromOutside(link),
      { from: ids.link(link), to: ids.link(goes.link), texts: notes },
      ...toOutside(goes.link),
    ];
  }
  if (comes.kind === "lan") {
    const { lan } = comes;
    if (goes.kind === "router") return fromHost(ids.lan(lan), lan, notes);
    if (goes.kind === "link") {
      const at = nat(goes.link, leg.from);
      return [...fromHost(at, lan), { from: at, to: ids.link(goes.link), texts: notes }, ...toOutside(goes.link)];
    }
    const door = hairpinOf(graph, site, leg);
    if (door !== undefined) return [...fromHost(door, lan), ...toHost(door, goes.lan, notes)];
    const [first, last] = [ids.lan(lan), ids.lan(goes.lan)];
    if (first === last) return [...fromHost(first, lan), ...toHost(last, lan, notes)];
    return [...fromHost(first, lan), { from: first, to: last, texts: notes }, ...toHost(last, goes.lan)];
  }
  if (goes.kind === "link") return toOutside(goes.link, [...sent, ...notes]);
  return goes.kind === "lan" ? toHost(ids.lan(goes.lan), goes.lan, [...sent, ...notes]) : [];
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
function hairpinOf(graph: Graph, site: Site, { link, from, to }: Leg): string | undefined {
  const links = link === undefined ? Object.keys(site.links) : [link];
  return links.flatMap((name) => doorOf(graph, site, name, to) ?? doorOf(graph, site, name, from) ?? [])[0];
}
