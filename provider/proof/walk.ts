/**
 * What the kernel does with one packet: hooks in their order (netfilter_ipv4.h), conntrack and NAT, policy rules, tables and the
 * reverse path filter. What decides and is not modelled ends the walk as `unknown`.
 */
import { hex, runHook } from "./hooks.ts";
import { isLocal, type Machine } from "./machine.ts";
import { directionIn, inverted, type Packet, type Tracked, tupleOf } from "./packet.ts";
import { CannotTell, Dropped, type DroppedBy, type Guess, type Passing, type Step } from "./passing.ts";
import { refuseMartians, validateSource } from "./reverse-path.ts";
import { routeOf } from "./routing.ts";
import { followDestination, followSource } from "./translate.ts";

export type End =
  /** It reaches a socket of the router itself. */
  | { readonly kind: "delivered" }
  | { readonly kind: "sent"; readonly device: string; readonly nextHop: string }
  | { readonly kind: "dropped"; readonly why: string; readonly by: DroppedBy }
  | { readonly kind: "unknown"; readonly why: string };

export interface Walked {
  readonly end: End;
  /** As it leaves, or as far as it came. */
  readonly packet: Packet;
  /** The connection afterwards. */
  readonly tracked: Tracked;
  readonly steps: readonly Step[];
}

const noGuess: Guess = () => undefined;

/** A packet arrives on a device. @param tracked the connection it belongs to, if it is known to the router */
export function receive(
  machine: Machine,
  packet: Packet,
  inDevice: string,
  tracked?: Tracked,
  guess: Guess = noGuess,
): Walked {
  const passing = begin(machine, packet, inDevice, tracked, guess);
  return finish(passing, () => {
    runHook(passing, "raw", "PREROUTING");
    runHook(passing, "mangle", "PREROUTING");
    if (passing.first) runHook(passing, "nat", "PREROUTING");
    else followDestination(passing);
    refuseMartians(passing);
    const { source, destination, mark, protocol, sourcePort, destinationPort } = passing.packet;
    const question = { source, destination, mark, protocol, sourcePort, destinationPort, inDevice };
    const way = routeOf(machine, question, passing.steps);
    if (way.kind === "none") throw new Dropped(way.why, "routing");
    const { route } = way;
    if (route.type === "local") {
      validateSource(passing, undefined);
      runHook(passing, "mangle", "INPUT");
      runHook(passing, "filter", "INPUT");
      if (passing.first) runHook(passing, "nat", "INPUT");
      else followSource(passing);
      return { kind: "delivered" };
    }
    if (route.type !== "unicast") throw new CannotTell(`routes of type ${route.type} are not modelled`);
    if (machine.sysctls.get("net.ipv4.ip_forward") === "0") throw new Dropped("ip_forward is 0", "routing");
    validateSource(passing, route.device);
    leave(passing, route.device ?? "", route.gateway ?? destination);
    runHook(passing, "mangle", "FORWARD");
    runHook(passing, "filter", "FORWARD");
    return post(passing);
  });
}

/** A packet that the router itself sends, from an address that it has chosen already: an answer. */
export function send(machine: Machine, packet: Packet, tracked?: Tracked, guess: Guess = noGuess): Walked {
  const passing = begin(machine, packet, "", tracked, guess);
  return finish(passing, () => {
    // Once before the packet is made, and again where a rule has changed what the way depends on (ip_route_me_harder).
    if (reroute(passing)) return { kind: "delivered" };
    runHook(passing, "raw", "OUTPUT");
    const before = passing.packet;
    runHook(passing, "mangle", "OUTPUT");
    if (changed(before, passing.packet) && reroute(passing)) return { kind: "delivered" };
    const marked = passing.packet;
    if (passing.first) runHook(passing, "nat", "OUTPUT");
    else followDestination(passing);
    if (changed(marked, passing.packet) && reroute(passing)) return { kind: "delivered" };
    runHook(passing, "filter", "OUTPUT");
    return post(passing);
  });
}

const changed = (a: Packet, b: Packet) =>
  a.source !== b.source ||
  a.destination !== b.destination ||
  a.mark !== b.mark ||
  a.destinationPort !== b.destinationPort;

/** @returns does it lead back to the router itself? */
function reroute(passing: Passing): boolean {
  const { source, destination, mark, protocol, sourcePort, destinationPort } = passing.packet;
  if (!isLocal(passing.machine, source)) throw new Dropped(`${source} is no address of the router`, "routing");
  const question = { source, destination, mark, protocol, sourcePort, destinationPort, inDevice: "lo" };
  const way = routeOf(passing.machine, question, passing.steps);
  if (way.kind === "none") throw new Dropped(way.why, "routing");
  if (way.route.type === "local") return true;
  if (way.route.type !== "unicast") throw new CannotTell(`routes of type ${way.route.type} are not modelled`);
  leave(passing, way.route.device ?? "", way.route.gateway ?? destination);
  return false;
}

function leave(passing: Passing, device: string, nextHop: string): void {
  passing.outDevice = device;
  passing.nextHop = nextHop;
}

function post(passing: Passing): End {
  runHook(passing, "mangle", "POSTROUTING");
  if (passing.first) runHook(passing, "nat", "POSTROUTING");
  else followSource(passing);
  return { kind: "sent", device: passing.outDevice, nextHop: passing.nextHop };
}

function begin(machine: Machine, packet: Packet, inDevice: string, known: Tracked | undefined, guess: Guess): Passing {
  const direction = known && directionIn(known, packet);
  const tracked: Tracked =
    known && direction
      ? { ...known, seenReply: known.seenReply || direction === "REPLY" }
      : { protocol: packet.protocol, original: tupleOf(packet), reply: inverted(packet), mark: 0, seenReply: false };
  const first = direction === undefined;
  const state = tracked.seenReply ? "ESTABLISHED" : "NEW";
  const steps: Step[] = [
    {
      at: "conntrack",
      text: first
        ? "a new connection"
        : `${state === "NEW" ? "not answered yet" : "an open connection"}, connection mark ${hex(tracked.mark)}`,
    },
  ];
  return {
    ...{ machine, packet, tracked, first, state, inDevice, steps, guess },
    ...{ direction: direction ?? "ORIGINAL", outDevice: "", nextHop: "" },
  };
}

function finish(passing: Passing, walk: () => End): Walked {
  const result = (end: End): Walked => ({
    end,
    packet: passing.packet,
    tracked: passing.tracked,
    steps: passing.steps,
  });
  if (passing.machine.unmodelled.length > 0)
    return result({ kind: "unknown", why: `${passing.machine.unmodelled.join(" and ")} is not modelled` });
  try {
    return result(walk());
  } catch (error) {
    if (error instanceof Dropped) return result({ kind: "dropped", why: error.message, by: error.by });
    if (error instanceof CannotTell) return result({ kind: "unknown", why: error.message });
    throw error;
  }
}
