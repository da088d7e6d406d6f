/** A connection through a router, packet by packet, against what each of them has to do. */

import { followConnection, type Leg } from "../walk/follow-connection.ts";
import type { Machine } from "../walk/machine.ts";
import { firstPacket, type Protocol, type Tuple } from "../walk/packet.ts";
import type { DroppedBy, Guess } from "../walk/passing.ts";
import type { Walked } from "../walk/walk.ts";
import type { WalkedOnce } from "../walk/walked-once.ts";
import type { Answer } from "./claim.ts";

/**
 * What a packet has to do; the text says what it did instead.
 * @param opened what the first packet of the connection did, once it has
 */
export type Expected = (walked: Walked, opened?: Walked) => string | undefined;

export interface Connection {
  readonly protocol: Protocol;
  /** As the client writes it. */
  readonly tuple: Tuple;
  /** Where his packets arrive. */
  readonly inDevice: string;
  /** A policy rule or a route that refuses the client's addresses says that he is not wanted. */
  readonly mayBeRefused?: boolean;
  /** What the request has to do. */
  readonly request: Expected;
  /** What the reply to it has to do. */
  readonly reply: Expected;
}

export interface Followed {
  readonly answer: Answer;
  readonly legs: readonly Leg[];
}

/** Guesses are asked one by one; more of them than this are not worth telling apart. */
const MOST_GUESSES = 5;

/**
 * The first packet, its answer, and both once more on other machines if given: the same router with its default moved.
 * Where a rule's match is not modelled both of its answers are tried.
 * @param walks what is known of this very connection on this router in other situations; its steps may name a route of another one
 */
export function follow(
  machine: Machine,
  connection: Connection,
  later: readonly Machine[] = [],
  walks?: WalkedOnce,
): Followed {
  const assumed = new Map<string, boolean>();
  const asked: string[] = [];
  const guess: Guess = (question) => {
    const known = assumed.get(question);
    if (known !== undefined) return known;
    if (!asked.includes(question)) asked.push(question);
    return undefined;
  };
  let first: string | undefined;
  const explore = (depth: number): Followed[] => {
    asked.length = 0;
    const given = [...assumed].map(([text, answer]) => `${text} ${answer}`).join("\n");
    const followed = once({ machine, connection, later, guess, given, walks });
    const question = followed.answer.kind === "cannot tell" ? asked[0] : undefined;
    if (question === undefined || depth >= MOST_GUESSES) return [followed];
    first ??= question;
    return [false, true].flatMap((answer) => {
      assumed.set(question, answer);
      const found = explore(depth + 1);
      assumed.delete(question);
      return found;
    });
  };
  return together(explore(0), first);
}

/**
 * All branches must say the same, but for those in which somebody's rule stops the packet.
 * @param rule that was asked for first
 */
function together(branches: readonly Followed[], rule: string | undefined): Followed {
  const [first] = branches;
  if (branches.length === 1) return first!;
  const open = branches.filter(({ answer }) => answer.kind !== "shut");
  if (open.length === 0) return first!;
  const of = (kind: Answer["kind"]) => open.find(({ answer }) => answer.kind === kind);
  if (open.every(({ answer }) => answer.kind === "no")) return open[0]!;
  const bad = of("no") ?? of("cannot tell");
  if (!bad) return open.length === branches.length ? open[0]! : assumingOpen(branches, open[0]!);
  const why = bad.answer.kind === "no" || bad.answer.kind === "cannot tell" ? bad.answer.why : "";
  return { ...bad, answer: { kind: "cannot tell", why: `it depends on "${rule}", which is not modelled: ${why}` } };
}

function assumingOpen(branches: readonly Followed[], open: Followed): Followed {
  const shut = branches.flatMap(({ answer }) => (answer.kind === "shut" ? [answer.why] : []));
  return { ...open, answer: { kind: "yes", assuming: [...new Set(shut)] } };
}

interface Following {
  readonly machine: Machine;
  readonly connection: Connection;
  readonly later: readonly Machine[];
  readonly guess: Guess;
  /** What is assumed, as a text. */
  readonly given: string;
  readonly walks: WalkedOnce | undefined;
}

function once({ machine, connection, later, guess, given, walks }: Following): Followed {
  const { protocol, tuple, inDevice } = connection;
  const judge = (leg: Leg, opened: Walked | undefined) => judged(connection, leg, opened);
  const opening = { first: firstPacket(protocol, tuple), inDevice };
  const { legs, verdict } = followConnection(opening, { machine, later, judge, guess, given, ...(walks && { walks }) });
  return { answer: verdict ?? YES, legs };
}

const YES: Answer = { kind: "yes" };

/** What a packet is called in a claim. */
export const CALLED: Readonly<Record<Leg["name"], string>> = {
  request: "request",
  reply: "answer",
  "next request": "request again",
  "next reply": "answer again",
};

/** undefined: it did what it had to. */
function judged(connection: Connection, { name, walked }: Leg, opened: Walked | undefined): Answer | undefined {
  const { end } = walked;
  const called = CALLED[name];
  if (end.kind === "unknown") return { kind: "cannot tell", why: `the ${called}: ${end.why}` };
  if (end.kind === "dropped" && isMeant(end.by, connection)) return { kind: "shut", why: end.why };
  if (end.kind === "dropped") {
    const setting = end.by === "forwarding" ? { setting: true as const } : {};
    return { kind: "no", why: `the ${called} is dropped: ${end.why}`, ...setting };
  }
  const expected = name === "request" || name === "next request" ? connection.request : connection.reply;
  const fault = expected(walked, opened);
  return fault === undefined ? undefined : { kind: "no", why: `the ${called} ${fault}` };
}

/** Has a rule said that such a connection is not wanted? */
function isMeant(by: DroppedBy, { mayBeRefused = false }: Connection): boolean {
  return by === "rule" || (by === "refusal" && mayBeRefused);
}
