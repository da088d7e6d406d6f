/** A packet's way, from the walk through a router's lines: its steps in few words, and where it enters and leaves. */

import { answerTo, type Machine, type Packet, receive, send, type Walked } from "../proof/index.ts";
import { lansOf } from "../site/links.ts";
import type { Site } from "../site/schema.ts";
import { siteLink } from "./site-graph.ts";
import type { Leg, Verdict, Way } from "./way.ts";

/** @param inDevice where it arrives; undefined: the router itself sends it */
export function wayOf(machine: Machine, site: Site, title: string, first: Packet, inDevice: string | undefined): Way {
  const walk = (packet: Packet, device: string | undefined, known?: Walked) =>
    device === undefined ? send(machine, packet, known?.tracked) : receive(machine, packet, device, known?.tracked);
  const leg = (name: Leg["name"], sent: Packet, device: string | undefined, walked: Walked): Leg => {
    const { end, packet } = walked;
    const link = siteLink(site, first.destination);
    const { verdict, why } = verdictOf(machine, site, walked);
    return {
      ...{ name, from: sent.source, to: packet.destination, verdict },
      ...(device !== undefined && { inDevice: device }),
      ...(end.kind === "sent" && { outDevice: end.device }),
      ...(link !== undefined && { link }),
      notes: [...notesOf(walked), ...why],
    };
  };
  const request = walk(first, inDevice);
  const asked = leg("request", first, inDevice, request);
  // What is lost is not answered.
  if (asked.verdict === "dropped" || asked.verdict === "unknown") return { title, legs: [asked] };
  const answer = answerTo(request.packet);
  return { title, legs: [asked, leg("reply", answer, asked.outDevice, walk(answer, asked.outDevice, request))] };
}

function verdictOf(machine: Machine, site: Site, { end, packet }: Walked): { verdict: Verdict; why: string[] } {
  if (end.kind === "dropped" || end.kind === "unknown") return { verdict: end.kind, why: [end.why] };
  if (end.kind === "delivered" || lansOf(site).some(({ device }) => device === end.device))
    return { verdict: "delivered", why: [] };
  const own = machine.addresses.some(({ device, address }) => device === end.device && address === packet.source);
  const link = Object.entries(site.links).find(([, { device }]) => device === end.device)?.[0];
  return own || link === undefined
    ? { verdict: "sent", why: [] }
    : { verdict: "dropped", why: [`the ISP of ${link} drops the source ${packet.source}`] };
}

/** What was decided and what was changed. Jumps and rules that let pass are not worth a line on a picture. */
function notesOf({ steps }: Walked): string[] {
  let mark = "0x0";
  let saved = /connection mark (\S+)/.exec(steps[0]?.text ?? "")?.[1] ?? "0x0";
  const notes = steps.flatMap(({ at, text }): string[] => {
    if (at === "ip rule") return [`rule ${text}`];
    if (at === "route") return [`route ${text}`];
    if (at === "conntrack") return [/^(source|destination) /.test(text) ? `translated back: ${text}` : text];
    const [, what, value] = /: (mark|connection mark|to|from) (\S+)$/.exec(text) ?? [];
    if (what === undefined || value === undefined) return /-j (DROP|REJECT)\b/.test(text) ? [`${at}: ${text}`] : [];
    if (what === "to") return [`DNAT to ${value}`];
    if (what === "from") return [`SNAT to ${value}`];
    if (what === "mark") {
      if (value === mark) return [];
      mark = value;
      return [`mark ${value}${value === saved ? ", restored from the connection" : ""}`];
    }
    if (value === saved) return [];
    saved = value;
    return [`connection mark ${value}`];
  });
  return notes.filter((note, i) => !notes.slice(0, i).includes(note));
}
