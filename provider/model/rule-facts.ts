/** What rules say, asked by those who look at more than one packet. */

import { formatMasked } from "./ip.ts";
import type { MarkAndMask } from "./mark.ts";
import type { PacketRule, Test } from "./packet-rule.ts";

/** All tests, those of its modules too, in order. */
export function testsOf({ matches }: PacketRule): readonly Test[] {
  return matches.flatMap((match) => (match.kind === "module" ? match.tests : [match]));
}

type TestOf<Kind> = Test extends infer One
  ? One extends { kind: infer K }
    ? Kind & K extends never
      ? never
      : One
    : never
  : never;

/** Those of one kind. */
export function testsOfKind<Kind extends Test["kind"]>(rule: PacketRule, kind: Kind): readonly TestOf<Kind>[] {
  return testsOf(rule).filter((test) => test.kind === kind) as unknown as readonly TestOf<Kind>[];
}

/** The chain that it leads to. */
export function chainOf({ target }: PacketRule): string | undefined {
  return target?.kind === "jump" || target?.kind === "goto" ? target.chain : undefined;
}

/** The chain that it leads every packet to, and does no more. */
export function plainJumpOf({ matches, target, opaque }: PacketRule): string | undefined {
  return matches.length === 0 && !opaque && target?.kind === "jump" ? target.chain : undefined;
}

/** The mark that it gives to packets or connections. */
export function markSetBy({ target }: PacketRule): MarkAndMask | undefined {
  if (target?.kind !== "setMark" && target?.kind !== "setConnmark") return undefined;
  return { mark: target.value, mask: target.mask };
}

/** Devices that packets of this rule come in by, or not. */
export function inDevicesOf(rule: PacketRule): string[] {
  return testsOfKind(rule, "inDevice").map(({ device }) => device.name);
}

/** `10.0.0.0/8`: networks that it asks of a source, with their lengths. */
export function sourcesOf(rule: PacketRule): string[] {
  return testsOfKind(rule, "source").map(({ network }) => formatMasked(network));
}
