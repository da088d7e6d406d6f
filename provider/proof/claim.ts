/** What is claimed of a router, and the answer to it. */
import type { Leg } from "../walk/follow-connection.ts";

export type FlowKind = "door" | "router" | "inside" | "network" | "management" | "hairpin";

export interface Claim {
  readonly kind: FlowKind;
  /** The link that the connection came in on or left by; undefined for one that stays inside. */
  readonly link: string | undefined;
  /** `tcp 198.51.100.77 -> 123.234.1.11:1494 (server1) by wan_one` */
  readonly name: string;
  /** `default by wan_two`, `default by wan_two, wan_one is down` */
  readonly when: string;
  /**
   * What tells it from all others, on this router and after a change of it: kind, device, protocol, addresses and port, and the devices
   * that the case is about. Names of links and tables are not in it: they come and go.
   */
  readonly about: string;
  /** No line of the site is for it: a change that does not touch it is not taken back for it. */
  readonly undeclared?: true;
  /** Of a few, whom some line tells from everybody. */
  readonly aside?: true;
  /** The link whose device is down in this case. */
  readonly down?: string;
}

export type Answer =
  | {
      readonly kind: "yes" /** Holds if these rules, whose matches are not modelled, let it pass. */;
      readonly assuming?: readonly string[];
    }
  | {
      readonly kind: "no";
      readonly why: string;
      /** A setting of the router that no resource writes: no change has brought it about. */
      readonly setting?: true;
    }
  /** A rule says that such a connection is not wanted: nothing to be symmetric about. */
  | { readonly kind: "shut"; readonly why: string }
  | { readonly kind: "cannot tell"; readonly why: string };

export interface Proved {
  readonly claim: Claim;
  readonly answer: Answer;
  /** Walked again each time that they are asked for. */
  readonly legs: readonly Leg[];
}
