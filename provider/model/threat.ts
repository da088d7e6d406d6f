/** What may stop or change packets on a router that no modelled line shows: rules of nft's own, IPsec, traffic control, devices. */

/** Where the kernel asks netfilter about a packet (nft(8), "Hooks"); egress since Linux 5.16. */
export type NetfilterHook = "ingress" | "prerouting" | "input" | "forward" | "output" | "postrouting" | "egress";

/** A rule, or the policy of a base chain, that may stop or change packets. */
export interface Threat {
  /** `inet filter` */
  readonly table: string;
  /** The base chain that leads to it. */
  readonly chain: string;
  readonly hook: NetfilterHook;
  /** The rule, or `policy drop`. */
  readonly text: string;
  /** What it is called, where it is none of nft's. */
  readonly by?: string;
  /** A whole sentence about it, where it is more than not modelled. */
  readonly why?: string;
  /** What a packet needs for it; what is left out asks for nothing. */
  readonly selects: Selects;
}

export interface Selects {
  /** Names of devices, with a `*` at the end for any that begins so. */
  readonly in?: readonly string[];
  readonly out?: readonly string[];
  /** Addresses and networks. */
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  readonly protocol?: readonly string[];
  readonly ports?: readonly string[];
  /** The packet's mark under a mask. */
  readonly mark?: { readonly value: number; readonly mask: number };
}
