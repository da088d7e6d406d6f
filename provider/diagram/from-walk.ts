/** A packet's way, from the walk through a router's lines: its steps in few words, and where it enters and leaves. */

import { followConnection, type Machine, type Packet, type Walked, type Leg as WalkedLeg } from "../proof/index.ts";
import { lansOf } from "../site/links.ts";
import type { Site } from "../site/schema.ts";
import { notesOf } from "./notes.ts";
import { siteLink } from "./site-graph.ts";
import type { Leg, Verdict, Way } from "./way.ts";

/** @param inDevice where it arrives; undefined: the router itself sends it */
export function wayOf(machine: Machine, site: Site, title: string, first: Packet, inDevice: string | undefined): Way {
  const isLast = ({ name, walked }: WalkedLeg) =>
    name === "reply" || isLost(verdictOf(machine, site, walked)) || undefined;
  const { legs } = followConnection({ first, inDevice }, { machine, judge: isLast });
  const link = siteLink(site, first.destination);
  return { title, legs: legs.map((leg) => ({ ...drawn(machine, site, leg), ...(link !== undefined && { link }) })) };
}

function drawn(machine: Machine, site: Site, { name, sent, inDevice, walked }: WalkedLeg): Leg {
  const { end, packet } = walked;
  const { verdict, why } = verdictOf(machine, site, walked);
  return {
    ...{ name: name === "request" ? name : "reply", from: sent.source, to: packet.destination, verdict },
    ...(inDevice !== undefined && { inDevice }),
    ...(end.kind === "sent" && { outDevice: end.device }),
    notes: [...notesOf(walked), ...why],
  };
}

interface Judged {
  readonly verdict: Verdict;
  readonly why: readonly string[];
}

/** What is lost is not answered. */
const isLost = ({ verdict }: Judged) => verdict === "dropped" || verdict === "unknown";

function verdictOf(machine: Machine, site: Site, { end, packet }: Walked): Judged {
  if (end.kind === "dropped" || end.kind === "unknown") return { verdict: end.kind, why: [end.why] };
  if (end.kind === "delivered" || lansOf(site).some(({ device }) => device === end.device))
    return { verdict: "delivered", why: [] };
  const own = machine.addresses.some(({ device, address }) => device === end.device && address === packet.source);
  const link = Object.entries(site.links).find(([, { device }]) => device === end.device)?.[0];
  return own || link === undefined
    ? { verdict: "sent", why: [] }
    : { verdict: "dropped", why: [`the ISP of ${link} drops the source ${packet.source}`] };
}
