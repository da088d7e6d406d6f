/** Would an answer go back there? fib_validate_source() of net/ipv4/fib_frontend.c. */
import { isAddress } from "../kernel/ip.ts";
import { deviceSetting, isLocal, type Machine } from "./machine.ts";
import { Dropped, type Passing } from "./passing.ts";
import { routeOf } from "./routing.ts";

/**
 * The source of a packet that arrived, after the way of the packet itself is known.
 * @throws {Dropped} the kernel takes it for a forgery
 * @throws {CannotTell}
 */
export function validateSource(passing: Passing, outDevice: string | undefined): void {
  const { machine, packet, inDevice } = passing;
  const filter = deviceSetting(machine, inDevice, "rp_filter");
  if (isAddress(packet.source) && isLocal(machine, packet.source) && !hasRuleBeforeLocal(machine))
    throw new Dropped(`its source ${packet.source} is an address of the router itself`, "reverse path");
  // The kernel asks only then; with policy rules it asks always, for the sake of local sources.
  if (filter === 0) return;
  const way = routeOf(machine, {
    source: packet.destination,
    destination: packet.source,
    mark: deviceSetting(machine, inDevice, "src_valid_mark") ? packet.mark : 0,
    inDevice: outDevice ?? "lo",
    protocol: packet.protocol,
    sourcePort: packet.destinationPort,
    destinationPort: packet.sourcePort,
  });
  const mode = filter === 1 ? "strict" : "loose";
  if (way.kind === "none") throw forged(passing, `${mode}: no way back to ${packet.source}, ${way.why}`);
  if (way.route.type === "local")
    throw new Dropped(`its source ${packet.source} is an address of the router itself`, "reverse path");
  if (filter === 1 && way.route.device !== inDevice)
    throw forged(passing, `${mode}: an answer to ${packet.source} would leave by ${way.route.device}`);
}

function forged({ inDevice }: Passing, why: string): Dropped {
  return new Dropped(`reverse path filter of ${inDevice}, ${why}`, "reverse path");
}

/** The local table is asked first, unless somebody has moved its rule. */
function hasRuleBeforeLocal(machine: Machine): boolean {
  return machine.rules[0]?.rule.table !== 255;
}
