/**
 * A connection through a router, packet by packet: the request, its reply, and both once more. Proof, explanation and picture follow
 * connections by this alone, so that they cannot differ in what becomes of one.
 */
import type { Machine } from "./machine.ts";
import { answerTo, laterPacket, type Packet, type Tracked } from "./packet.ts";
import type { Guess } from "./passing.ts";
import { type End, receive, send, type Walked } from "./walk.ts";
import type { WalkedOnce } from "./walked-once.ts";

/** One packet of the connection and what became of it. */
export interface Leg {
  readonly name: "request" | "reply" | "next request" | "next reply";
  readonly sent: Packet;
  /** The device it arrived on; undefined: the router's own. */
  readonly inDevice: string | undefined;
  readonly walked: Walked;
}

export interface Opening {
  readonly first: Packet;
  /** Where the one who opens the connection sends his packets to; undefined: the router itself opens it. */
  readonly inDevice: string | undefined;
}

export interface Following<Verdict> {
  readonly machine: Machine;
  /** The same router in other situations, which the packets after the reply meet in turn. */
  readonly later?: readonly Machine[];
  /**
   * Looks at every packet that is walked, in its turn. What it returns is the end of the connection; undefined: it goes on.
   * @param opened what the request did, once there is a reply
   */
  readonly judge: (leg: Leg, opened: Walked | undefined) => Verdict | undefined;
  /** What to assume of matches that are not modelled. Default: nothing. */
  readonly guess?: Guess;
  /** What is known of this very connection on this router in other situations: what is known is not walked again. */
  readonly walks?: Memory;
  /** All that `guess` assumes, as a text: what is known under other assumptions is not taken. */
  readonly given?: string;
}

export interface Followed<Verdict> {
  /** Those that were walked; the last one has the verdict, or goes nowhere. */
  readonly legs: readonly Leg[];
  /** undefined: no packet has got one. */
  readonly verdict: Verdict | undefined;
}

type Memory = Pick<WalkedOnce, "number" | "walk" | "again">;

/** Every packet is walked. */
const WITHOUT: Memory = {
  number: () => 0,
  walk: (machine, _key, guess, walk) => walk(machine, guess),
  again: (_machine, _state, walk) => walk(),
};

/** Nobody replies to a packet that goes nowhere: it is the last one, whatever is thought of it. */
export function followConnection<Verdict>(opening: Opening, following: Following<Verdict>): Followed<Verdict> {
  const { machine, later = [], judge, guess = () => undefined, walks = WITHOUT, given = "" } = following;
  const { first, inDevice } = opening;
  const legs: Leg[] = [];
  let tracked: Tracked | undefined;
  let opened: Walked | undefined;
  let verdict: Verdict | undefined;
  // Later packets of equal names are made of what the first one has become.
  let began = walks.number(given);

  const goesOn = (on: Machine, name: Leg["name"], sent: Packet, device: string | undefined): boolean => {
    const known = tracked;
    const walk = (on: Machine, guess: Guess) =>
      device === undefined ? send(on, sent, known, guess) : receive(on, sent, device, known, guess);
    const walked = walks.walk(on, `${name} ${began} ${walks.number(known)}`, guess, walk);
    tracked = walked.tracked;
    const leg: Leg = { name, sent, inDevice: device, walked };
    legs.push(leg);
    verdict = judge(leg, opened);
    return verdict === undefined && getsThere(walked.end);
  };

  if (!goesOn(machine, "request", first, inDevice)) return { legs, verdict };
  const request = legs[0]!.walked;
  opened = request;
  began = walks.number(`${given} ${JSON.stringify([request.packet, request.end])}`);
  const reply = answerTo(request.packet);
  const from = repliedFrom(request.end);
  if (!goesOn(machine, "reply", reply, from)) return { legs, verdict };

  const next = laterPacket(first);
  const nextReply = { ...reply, flags: next.flags };
  const state = () => `${began} ${walks.number(tracked)}`;
  for (const on of [machine, ...later]) {
    const both = () =>
      goesOn(on, "next request", next, inDevice) && goesOn(on, "next reply", nextReply, from) ? undefined : true;
    if (walks.again(on, state, both)) return { legs, verdict };
  }
  return { legs, verdict };
}

const getsThere = ({ kind }: End) => kind === "sent" || kind === "delivered";

/** By the device that the request has left by; undefined: the router itself replies to what was delivered to it. */
const repliedFrom = (end: End) => (end.kind === "sent" ? end.device : undefined);
