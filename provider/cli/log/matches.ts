/** A flow as matches of rules: by its connection, so that both directions fit, before and after any translation. Pure. */
import { parseMasked } from "../../model/ip.ts";
import type { Match, Test } from "../../model/packet-rule.ts";
import { hasConnmark, tracked } from "../../model/rule-parts.ts";
import { CommandError, EXIT } from "../exit.ts";
import type { Flow, FlowEnd } from "../flow.ts";
import type { NamedLink } from "../links.ts";

/** Whose connection: who opened it, whom they addressed, who answers (after a translation). */
type Side = "ctOriginalSource" | "ctOriginalDestination" | "ctReplySource";

/**
 * Matches of rules, of which a packet has to fit one. A server as the destination means what it answers as well: connections that
 * were opened to an external address of its own.
 * @param link only connections that carry its mark
 */
export function matchesOf({ protocol, from, to, host }: Flow, link?: NamedLink): readonly Match[][] {
  const own: readonly Test[] = protocol === undefined ? [] : [{ kind: "ctProtocol", negated: false, protocol }];
  const mark = link === undefined ? [] : [hasConnmark(link.mark, link.mask)];
  const sides: readonly (readonly Test[])[] =
    host !== undefined
      ? (["ctOriginalSource", "ctOriginalDestination", "ctReplySource"] as const).map((side) => ends(side, host))
      : to.server !== undefined
        ? (["ctOriginalDestination", "ctReplySource"] as const).map((side) => [
            ...ends("ctOriginalSource", from),
            ...ends(side, to),
          ])
        : [[...ends("ctOriginalSource", from), ...ends("ctOriginalDestination", to)]];
  const tests = sides.map((parts) => [...own, ...parts]);
  if (tests.some((all) => all.length === 0) && mark.length === 0)
    throw new CommandError(
      EXIT.usage,
      "log what? Name a flow: tcp, an address, a server; the whole router would be too much",
    );
  return tests.map((all) => [...mark, ...(all.length === 0 ? [] : [tracked(...all)])]);
}

function ends(side: Side, { address, port }: FlowEnd): Test[] {
  const network = address === undefined ? undefined : parseMasked(address);
  return [
    ...(network ? [{ kind: side, negated: false, network } as const] : []),
    ...(port === undefined
      ? []
      : [{ kind: `${side}Port`, negated: false, ports: [{ first: port, last: port }] } as const]),
  ];
}
