/**
 * A rule of netfilter as a value: what it asks of a packet, and what it does with one that fits. The words of a tool are its dialect's
 * (dialects/iptables); what no parser has a value for is kept in them, word for word.
 */

import type { MaskedNetwork } from "./ip.ts";

export type Family = "ip" | "ip6";

export interface PacketRule {
  readonly family: Family;
  /** All of them have to fit. */
  readonly matches: readonly Match[];
  /** Left out: the rule counts packets, and no more. */
  readonly target?: Target;
  /** The whole rule, where it is not understood: then `matches` and `target` are what can be told of it, and it may ask for more. */
  readonly opaque?: Opaque;
}

/** Words that only their own dialect reads. */
export interface Opaque {
  readonly dialect: "iptables";
  /** What messages call it: `-m string`, `TPROXY`. */
  readonly name: string;
  readonly text: string;
}

export type Match = Test | ModuleMatch;

/** Tests that one extension of the kernel tells together (xt_tcp, xt_conntrack): of a packet that it does not know none of them fits. */
export interface ModuleMatch {
  readonly kind: "module";
  /** The extension's name: `tcp`, `conntrack`, `multiport`. */
  readonly module: string;
  readonly tests: readonly Test[];
}

export type Test = { readonly negated: boolean } & (
  | { readonly kind: "source" | "destination"; readonly network: MaskedNetwork }
  | { readonly kind: "inDevice" | "outDevice"; readonly device: DevicePattern }
  /** `tcp`, or a number. */
  | { readonly kind: "protocol"; readonly protocol: string }
  /** The second and further fragments of a packet. */
  | { readonly kind: "fragment" }
  | { readonly kind: "sourcePort" | "destinationPort" | "eitherPort"; readonly ports: readonly PortRange[] }
  /** Of the flags `of` those in `set` are set, and no others. */
  | { readonly kind: "tcpFlags"; readonly of: readonly string[]; readonly set: readonly string[] }
  /** `8`, `3/4`, `any`. */
  | { readonly kind: "icmpType"; readonly type: string }
  /** Of the packet, or of its connection: equal in the bits of the mask. */
  | { readonly kind: "mark" | "connmark"; readonly mark: number; readonly mask: number }
  /** One of them: `NEW`, `ESTABLISHED`, `DNAT`. */
  | { readonly kind: "ctState"; readonly states: readonly string[] }
  | { readonly kind: "ctDirection"; readonly direction: string }
  | { readonly kind: "ctProtocol"; readonly protocol: string }
  | { readonly kind: CtAddress; readonly network: MaskedNetwork }
  | { readonly kind: CtPort; readonly ports: readonly PortRange[] }
  /** Is it an address of the router itself? */
  | { readonly kind: "sourceIsLocal" | "destinationIsLocal" }
  | { readonly kind: "sourceRange" | "destinationRange"; readonly first: string; readonly last: string }
  /** For people: fits every packet. */
  | { readonly kind: "comment"; readonly text: string }
  /** Is what the packet has in these fields in a set of that name? */
  | { readonly kind: "lookup"; readonly key: Concatenation; readonly set: string }
  | ({ readonly kind: "opaque" } & Opaque)
);

/** Of a connection's first packet, and of the reply that is expected. */
export type CtAddress = "ctOriginalSource" | "ctOriginalDestination" | "ctReplySource" | "ctReplyDestination";
export type CtPort =
  | "ctOriginalSourcePort"
  | "ctOriginalDestinationPort"
  | "ctReplySourcePort"
  | "ctReplyDestinationPort";

export interface DevicePattern {
  readonly name: string;
  /** Every device whose name begins so: `eth+` of iptables. */
  readonly isPrefix: boolean;
}

/** First and last. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Fields of a packet, side by side: `ip daddr . tcp dport` of nft. */
export type Concatenation = readonly (
  | "source"
  | "destination"
  | "protocol"
  | "sourcePort"
  | "destinationPort"
  | "mark"
)[];

export type Target =
  | { readonly kind: "accept" | "drop" | "return" }
  | { readonly kind: "jump" | "goto"; readonly chain: string }
  /** (mark & ~mask) ^ value, of the packet or of its connection. */
  | { readonly kind: "setMark" | "setConnmark"; readonly value: number; readonly mask: number }
  /** From the packet to its connection, and back: (to & ~its mask) ^ (from & its mask). */
  | { readonly kind: "saveMark" | "restoreMark"; readonly packetMask: number; readonly connectionMask: number }
  /** `address` is left out where it is no single one, `port` where it stays. With `words` it has further settings. */
  | {
      readonly kind: "dnat" | "snat";
      readonly address?: string | undefined;
      readonly port?: number | undefined;
      readonly words?: Opaque | undefined;
    }
  /** To the address of the device that the packet leaves by. With `words` it has further settings. */
  | { readonly kind: "masquerade"; readonly words?: Opaque | undefined }
  /** What the value of these fields leads to in a map of that name: a verdict, or the address to translate to. */
  | {
      readonly kind: "lookup";
      readonly key: Concatenation;
      readonly map: string;
      readonly gives: "verdict" | "dnat" | "snat";
    }
  /** Understood as far as its kind says; its settings are in its words. */
  | { readonly kind: Partly; readonly words: Opaque }
  | { readonly kind: "tproxy"; readonly value: number; readonly mask: number; readonly words: Opaque }
  | { readonly kind: "opaque"; readonly words: Opaque };

export type Partly =
  /** Drops the packet, and says so to its sender. */
  | "reject"
  /** Writes the packet down; it goes on. */
  | "log"
  /** Changes nothing that a way depends on; the packet goes on. */
  | "harmless"
  /** The size of TCP segments: as the way back allows, or a number. */
  | "clampToPath"
  | "clampSize"
  /** The TOS byte. */
  | "serviceType"
  /** Keeps the packet out of connection tracking. */
  | "untrack"
  /** Further packets of its connection pass by all chains. */
  | "offload"
  /** To another network, host by host. */
  | "netmap";
