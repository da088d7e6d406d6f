/** What was decided about a packet on its way, as values: whoever wants to know what happened looks at these, never at their words. */
import type { IptablesTable, RouteLine, RuleLine } from "../model/line.ts";
import type { PacketRule } from "../model/packet-rule.ts";

export type Hook = "PREROUTING" | "INPUT" | "FORWARD" | "OUTPUT" | "POSTROUTING";

export type Step =
  /** What conntrack knows of the packet's connection when it arrives, and the connection's mark. */
  | { readonly kind: "connection"; readonly state: "new" | "unreplied" | "open"; readonly mark: number }
  /** conntrack gives a later packet of a translated connection this source or destination. */
  | {
      readonly kind: "translation";
      readonly of: "source" | "destination";
      readonly address: string;
      readonly port: number;
    }
  | ChainStep
  /** A policy rule that selects the packet, and where that leads. */
  | { readonly kind: "policy rule"; readonly rule: RuleLine; readonly leads: Leads }
  /** The route that decides; the step before it is the policy rule that has led to its table. */
  | { readonly kind: "route"; readonly route: RouteLine };

/** A rule of a chain that the packet fits, and what it has done. */
export interface ChainStep {
  readonly kind: "chain rule";
  readonly place: ChainPlace;
  readonly rule: PacketRule;
  readonly action: Action;
}

export interface ChainPlace {
  readonly table: IptablesTable;
  /** The hook that the packet is at: the name of the base chain there. */
  readonly hook: Hook;
  /** The chain that has the rule: the base chain, or one that it has led to. */
  readonly chain: string;
}

export type Action =
  | { readonly kind: "accept" | "drop" | "return" | "jump" | "goto" }
  /** The packet's mark is this now. @param restored it was taken from the connection's */
  | { readonly kind: "mark"; readonly mark: number; readonly restored: boolean }
  /** The connection's mark is this now. */
  | { readonly kind: "connection mark"; readonly mark: number }
  /** A new connection's destination, or source, is this now. */
  | { readonly kind: "destination"; readonly address: string; readonly port: number }
  | { readonly kind: "source"; readonly address: string };

export type Leads =
  /** To the route that is the next step. */
  | { readonly kind: "route" }
  /** On to the rule of another priority. */
  | { readonly kind: "goto" }
  /** Nowhere: its action is `unreachable`, `blackhole` or `prohibit`. */
  | { readonly kind: "refusal" }
  /** To a table without a route for the packet: the next rule is asked. */
  | { readonly kind: "no route" }
  /** To a route that the rule's suppress_prefixlength passes over: the next rule is asked. */
  | { readonly kind: "suppressed"; readonly route: RouteLine };

/** What has dropped a packet in a chain: a rule, or the policy of the base chain. */
export interface ChainVerdict {
  readonly place: ChainPlace;
  /** undefined: the policy. */
  readonly rule: PacketRule | undefined;
}
