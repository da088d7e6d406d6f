/**
 * Connections that would go on by an old mapping. NAT is decided on a connection's first packet, and one of UDP has no end: while its
 * packets come it keeps the server it had, or none. TCP ends by itself, and is left in peace.
 */

import { command } from "../dialects/quote.ts";
import { type DnatDoor, dnatDoors } from "../model/dnat.ts";
import { testsOfKind } from "../model/rule-facts.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Manifest } from "./manifest.ts";
import type { Step } from "./step.ts";

/** After every other: the mapping is in force. */
const PHASE = 1000;

/** For the UDP doors that come, go or lead elsewhere, and for no other. Nothing where the router has no conntrack command. */
export function conntrackSteps(
  { capabilities }: Pick<Snapshot, "capabilities">,
  before: Manifest,
  after: Manifest,
): Step[] {
  if (!capabilities.conntrack) return [];
  const was = doorsOf(before);
  const is = doorsOf(after);
  const changed = [...new Map([...was, ...is]).entries()].filter(([key]) => was.has(key) !== is.has(key));
  return changed.map(([, { owner, door }]): Step => {
    const ports = `${door.first}${door.last === door.first ? "" : `-${door.last}`}`;
    const run = forget(door);
    // Taken back, the mapping changes once more.
    return {
      phase: PHASE,
      owners: [owner],
      what: `conntrack -D -p udp --orig-dst ${door.address} (port ${ports})`,
      run,
      undo: run,
    };
  });
}

interface OwnedDoor {
  readonly owner: string;
  readonly door: DnatDoor;
}

/** By all that a door is: another server is another door. */
function doorsOf(manifest: Manifest): Map<string, OwnedDoor> {
  const doors = [...manifest].flatMap(([owner, { lines }]) =>
    // Most maps have none, and taking thousands of rules apart is not free.
    (lines.some(
      (line) =>
        line.kind === "chain" &&
        line.rules.some((rule) => testsOfKind(rule, "protocol").some(({ protocol }) => protocol === "udp")),
    )
      ? dnatDoors(lines)
      : []
    ).flatMap((door): [string, OwnedDoor][] =>
      door.protocol === "udp" ? [[JSON.stringify(door), { owner, door }]] : [],
    ),
  );
  return new Map(doors);
}

/** conntrack says 1 where there was nothing to delete. */
function forget({ address, first, last }: DnatDoor): string {
  const of = (...words: readonly string[]) => command("conntrack", ...words, "-p", "udp", "--orig-dst", address);
  const quiet = ">/dev/null 2>&1 || :";
  if (first === last) return `${of("-D")} --orig-port-dst ${first} ${quiet}`;
  // conntrack asks for one port at a time: of a range each connection that is there is ended by itself.
  return `${of("-L")} 2>/dev/null | while read -r c; do
s=\${c#*src=} p=\${c#*sport=} d=\${c#*dport=} && d=\${d%% *}
[ "$d" -lt ${first} ] || [ "$d" -gt ${last} ] ||
${of("-D")} --orig-src "\${s%% *}" --orig-port-src "\${p%% *}" --orig-port-dst "$d" ${quiet}
done`;
}
