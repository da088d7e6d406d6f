/** A flow in iptables' words: by its connection, so that both directions fit, before and after any translation. Pure. */
import { formatMark } from "../../model/mark.ts";
import { CommandError, EXIT } from "../exit.ts";
import type { Flow, FlowEnd } from "../flow.ts";
import type { NamedLink } from "../links.ts";

/** Whose connection: who opened it, whom he addressed, who answers (after a translation). */
type Side = "origsrc" | "origdst" | "replsrc";

/**
 * Matches, of which a packet has to fit one. A server as the destination means what it answers as well: connections that
 * were opened to an external address of its own.
 * @param link only connections that carry its mark
 */
export function matchesOf({ protocol, from, to, host }: Flow, link?: NamedLink): string[] {
  const conntrack = (...parts: readonly string[][]) =>
    [...(protocol === undefined ? [] : [`--ctproto ${protocol}`]), ...parts.flat()].join(" ");
  const mark = link === undefined ? [] : [`-m connmark --mark ${formatMark(link.mark)}/${formatMark(link.mask)}`];
  const sides: readonly (readonly string[][])[] =
    host !== undefined
      ? (["origsrc", "origdst", "replsrc"] as const).map((side) => [ends(side, host)])
      : to.server !== undefined
        ? (["origdst", "replsrc"] as const).map((side) => [ends("origsrc", from), ends(side, to)])
        : [[ends("origsrc", from), ends("origdst", to)]];
  const texts = sides.map((parts) => conntrack(...parts));
  if (texts.some((text) => text === "") && mark.length === 0)
    throw new CommandError(
      EXIT.usage,
      "log what? Name a flow: tcp, an address, a server; the whole router would be too much",
    );
  return texts.map((text) => [...mark, ...(text === "" ? [] : [`-m conntrack ${text}`])].join(" "));
}

function ends(side: Side, { address, port }: FlowEnd): string[] {
  return [
    ...(address === undefined ? [] : [`--ct${side} ${address}`]),
    ...(port === undefined ? [] : [`--ct${side}port ${port}`]),
  ];
}
