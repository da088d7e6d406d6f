/** One packet's way through the router and its reply's, as the pictures need to know it. Whoever works it out fills this. */
export interface Way {
  /** The packet, such as `tcp 198.51.100.20 -> 123.234.1.11:1494`. */
  readonly title: string;
  readonly legs: readonly Leg[];
}

export interface Leg {
  readonly name: "request" | "reply";
  /** Address that sends it. */
  readonly from: string;
  /** Address it ends at: behind NAT, that of the server. */
  readonly to: string;
  /** Device of the router that it comes in by; without one the router itself sends it. */
  readonly inDevice?: string;
  /** Device that it leaves by; without one the router itself takes it, or it goes no further. */
  readonly outDevice?: string;
  /** Name of the link whose connection it belongs to. */
  readonly link?: string;
  /** What the router does with it, in order: `mark 0x1 -> table wan_one`, `DNAT to 172.16.1.131:1494`. */
  readonly notes: readonly string[];
  readonly verdict: Verdict;
}

/** `delivered`: to a host of the LAN or the router itself; `sent`: out by an ISP; `unknown`: it cannot be told. */
export type Verdict = "delivered" | "sent" | "dropped" | "unknown";
