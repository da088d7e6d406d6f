/** A site as boxes and lines. Both renderers draw this value, so that they cannot tell different stories. */
import type { Verdict } from "./way.ts";

/**
 * From left to right: the internet, an ISP per link; inside the router a link, its doors and its way out (`out`: what the LAN's own
 * connections look like there), the devices towards the LANs; then the hosts.
 */
export type BoxKind = "internet" | "isp" | "link" | "door" | "out" | "lan" | "server" | "clients";

export interface Box {
  readonly id: string;
  readonly kind: BoxKind;
  readonly title: string;
  readonly rows: readonly Row[];
  /** Name of the link whose colour it has. */
  readonly link?: string;
  /** Id of the LAN box through which a host is reached. */
  readonly lan?: string;
  /** A word that stands out, such as `default`. */
  readonly badge?: string;
}

export interface Row {
  /** What the text is, in front of it. */
  readonly label?: string;
  readonly text: string;
  /** Name of the link that the text speaks of. */
  readonly link?: string;
}

export interface Line {
  readonly from: string;
  readonly to: string;
  readonly link: string;
  /** `cable`: both ways; `door`: connections that come in; `out`: those that go out. */
  readonly kind: "cable" | "door" | "out";
}

/** One step of a packet from box to box, with what happens in it. */
export interface Step {
  readonly number: number;
  readonly leg: "request" | "reply";
  readonly from: string;
  readonly to: string;
  /** The LAN's device that it passes in between. */
  readonly over?: string;
  readonly texts: readonly string[];
}

export interface DrawnLeg {
  readonly name: "request" | "reply";
  readonly verdict: Verdict;
  /** The same in words: `reaches server1`, `leaves by wan_two`. */
  readonly outcome: string;
  readonly steps: readonly Step[];
  /** The box where it ends; without one it takes no step in this picture. */
  readonly end?: string;
  /** What is known where there is no step to say it at. */
  readonly texts: readonly string[];
}

export interface Graph {
  readonly title: string;
  readonly subtitle: string;
  /** Names of the links, in the order of their colours. */
  readonly links: readonly string[];
  readonly router: { readonly title: string; readonly rows: readonly Row[] };
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
  readonly way?: { readonly title: string; readonly legs: readonly DrawnLeg[] };
}
