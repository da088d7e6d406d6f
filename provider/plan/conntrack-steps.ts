/**
 * Connections that would go on by an old mapping. NAT is decided on a connection's first packet, and one of UDP has no end: while its
 * packets come it keeps the server it had, or none. TCP ends by itself, and is left in peace.
 */
import { type DnatDoor, dnatDoors } from "../kernel/dnat.ts";
import type { Snapshot } from "../kernel/snapshot.ts";
import type { Manifest } from "./manifest.ts";
import { command } from "./quote.ts";
import type { Step } from "./step.ts";

/** After every other: the mapping is in force. */
const PHASE = 1000;
/** A range of more ports is one command for its address, not one for each. */
const MANY_PORTS = 64;

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
    (lines.some((line) => line.kind === "chain" && line.rules.some((rule) => rule.includes("-p udp ")))
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
  const all = ["conntrack", "-D", "-p", "udp", "--orig-dst", address] as const;
  const ports = Array.from({ length: last - first + 1 }, (_, i) => String(first + i));
  const commands =
    ports.length > MANY_PORTS ? [command(...all)] : ports.map((port) => command(...all, "--orig-port-dst", port));
  return commands.map((text) => `${text} >/dev/null 2>&1 || :`).join("\n");
}
