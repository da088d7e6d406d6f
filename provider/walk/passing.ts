/** A packet on its way: what the rules see, and change. */
import type { Machine } from "./machine.ts";
import type { Direction, Packet, Tracked } from "./packet.ts";
import type { ChainVerdict, Step } from "./step.ts";

export interface Passing {
  readonly machine: Machine;
  packet: Packet;
  /** The connection that it belongs to; made when its first packet comes. */
  tracked: Tracked;
  readonly direction: Direction;
  /** Is it the packet that made the connection? Only such a one sees the nat table. */
  readonly first: boolean;
  readonly state: "NEW" | "ESTABLISHED";
  /** In the raw table conntrack has not seen the packet yet. */
  untracked: boolean;
  /** "" where it comes from the router itself. */
  readonly inDevice: string;
  /** "" as long as it has not been routed. */
  outDevice: string;
  /** Where it is sent to on that device. */
  nextHop: string;
  readonly steps: Step[];
  /** What to assume where a match is not modelled; undefined: claim nothing. */
  readonly guess: Guess;
}

export type Guess = (question: string) => boolean | undefined;

/** Stops a walk: something decides here that is not modelled. */
export class CannotTell extends Error {}

/**
 * What has stopped it: a rule of a chain that says so, a policy rule or a route that refuses some addresses, the tables, the check of its
 * source, or a device that forwards nothing.
 */
export type DroppedBy = "rule" | "refusal" | "routing" | "reverse path" | "forwarding";

/** Stops a walk: the packet goes no further. */
export class Dropped extends Error {
  readonly by: DroppedBy;
  /** By a chain: by what of it. */
  readonly verdict: ChainVerdict | undefined;

  constructor(why: string, by: DroppedBy, verdict?: ChainVerdict) {
    super(why);
    this.by = by;
    this.verdict = verdict;
  }
}
