/**
 * What the kernel does with one packet: hooks in their order (netfilter_ipv4.h), conntrack and NAT, policy rules, tables and the
 * reverse path filter. What decides and is not modelled ends the walk as `unknown`.
 */
import { ruleText } from "../dialects/iptables/packet-rule.ts";
import type { TableNames } from "../model/line.ts";
import { deviceSysctl } from "../model/sysctl-key.ts";
import { runHook } from "./hooks.ts";
import { isLocal, type Machine } from "./machine.ts";
import { meetNative } from "./native.ts";
import { directionIn, inverted, type Packet, type Tracked, tupleOf } from "./packet.ts";
import { CannotTell, Dropped, type DroppedBy, type Guess, type Passing } from "./passing.ts";
import { refuseMartians, validateSource } from "./reverse-path.ts";
import { questionOf, routeOf } from "./routing.ts";
import type { ChainVerdict, Step } from "./step.ts";
import { followDestination, followSource } from "./translate.ts";

export type End =
  /** It reaches a socket of the router itself. */
  | { readonly kind: "delivered" }
  | { readonly kind: "sent"; readonly device: string; readonly nextHop: string }
  /** `verdict`: of a chain, where `by` is `rule`. */
  | { readonly kind: "dropped"; readonly why: string; readonly by: DroppedBy; readonly verdict?: ChainVerdict }
  | { readonly kind: "unknown"; readonly why: string };

export interface Walked {
  readonly end: End;
  /** As it leaves, or as far as it came. */
  readonly packet: Packet;
  /** The connection afterwards. */
  readonly tracked: Tracked;
  readonly steps: readonly Step[];
  /** Of the router's tables, for the words of its steps. */
  readonly names: TableNames;
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
  return finish(passing, tracked, () => {
    meetNative(passing, "ingress");
    meetNative(passing, "prerouting");
    runRaw(passing, "PREROUTING");
    runHook(passing, "mangle", "PREROUTING");
    if (passing.first) runHook(passing, "nat", "PREROUTING");
    else followDestination(passing);
    // A base chain sees the packet before its translation or after it, by its priority.
    meetNative(passing, "prerouting");
    refuseMartians(passing);
    const { destination } = passing.packet;
    const way = routeOf(machine, { ...questionOf(passing.packet), inDevice }, passing.steps, passing.guess);
    if (way.kind === "none") throw new Dropped(way.why, way.by);
    const { route } = way;
    if (route.type === "local") {
      validateSource(passing, undefined);
      meetNative(passing, "input");
      runHook(passing, "mangle", "INPUT");
      runHook(passing, "filter", "INPUT");
      if (passing.first) runHook(passing, "nat", "INPUT");
      else followSource(passing);
      return { kind: "delivered" };
    }
    if (route.type !== "unicast") throw new CannotTell(`routes of type ${route.type} are not modelled`);
    refuseForwarding(passing);
    validateSource(passing, route.device);
    leave(passing, route.device ?? "", route.gateway ?? destination);
    meetNative(passing, "forward");
    runHook(passing, "mangle", "FORWARD");
    runHook(passing, "filter", "FORWARD");
    return post(passing);
  });
}

/** A packet that the router itself sends, from an address that it has chosen already: an answer. */
export function send(machine: Machine, packet: Packet, tracked?: Tracked, guess: Guess = noGuess): Walked {
  const passing = begin(machine, packet, "", tracked, guess);
  return finish(passing, tracked, () => {
    // Once before the packet is made, and again where a rule has changed what the way depends on (ip_route_me_harder).
    route(passing);
    meetNative(passing, "output");
    runRaw(passing, "OUTPUT");
    const before = passing.packet;
    runHook(passing, "mangle", "OUTPUT");
    if (changed(before, passing.packet)) route(passing);
    const marked = passing.packet;
    if (passing.first) runHook(passing, "nat", "OUTPUT");
    else followDestination(passing);
    if (changed(marked, passing.packet)) route(passing);
    runHook(passing, "filter", "OUTPUT");
    if (passing.outDevice === "lo") throw new CannotTell("what the router sends to itself is not modelled");
    return post(passing);
  });
}

/** ip_route_input_slow(): what is forwarded is a setting of the device that it comes in by, which ip_forward sets for all. */
function refuseForwarding({ machine, inDevice }: Passing): void {
  const key = deviceSysctl(inDevice, "forwarding");
  const own = machine.sysctls.get(key);
  if ((own ?? machine.sysctls.get("net.ipv4.ip_forward")) !== "0") return;
  throw new Dropped(own === undefined ? "net.ipv4.ip_forward is 0" : `${key} is 0`, "forwarding");
}

function runRaw(passing: Passing, hook: "PREROUTING" | "OUTPUT"): void {
  passing.untracked = true;
  runHook(passing, "raw", hook);
  passing.untracked = false;
}

const changed = (a: Packet, b: Packet) => a.source !== b.source || a.destination !== b.destination || a.mark !== b.mark;

/** The way of a packet of the router's own; to itself it is by `lo`, where it arrives as well. */
function route(passing: Passing): void {
  const { source, destination } = passing.packet;
  if (!isLocal(passing.machine, source)) throw new Dropped(`${source} is no address of the router`, "routing");
  const way = routeOf(passing.machine, { ...questionOf(passing.packet), inDevice: "lo" }, passing.steps, passing.guess);
  if (way.kind === "none") throw new Dropped(way.why, way.by);
  const { type, device = "", gateway = destination } = way.route;
  if (type !== "local" && type !== "unicast") throw new CannotTell(`routes of type ${type} are not modelled`);
  leave(passing, type === "local" ? "lo" : device, gateway);
}

function leave(passing: Passing, device: string, nextHop: string): void {
  passing.outDevice = device;
  passing.nextHop = nextHop;
}

function post(passing: Passing): End {
  meetNative(passing, "postrouting");
  runHook(passing, "mangle", "POSTROUTING");
  if (passing.first) runHook(passing, "nat", "POSTROUTING");
  else followSource(passing);
  meetNative(passing, "postrouting");
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
  const conntrack = first ? "new" : state === "NEW" ? "unreplied" : "open";
  const steps: Step[] = [{ kind: "connection", state: conntrack, mark: tracked.mark }];
  return {
    ...{ machine, packet, tracked, first, state, inDevice, steps, guess },
    ...{ direction: direction ?? "ORIGINAL", outDevice: "", nextHop: "", untracked: false },
  };
}

function finish(passing: Passing, before: Tracked | undefined, walk: () => End): Walked {
  const result = (end: End): Walked => ({
    end,
    packet: passing.packet,
    // What ends in the raw table has changed nothing about its connection.
    tracked: passing.untracked && before ? before : passing.tracked,
    steps: passing.steps,
    names: passing.machine.names,
  });
  if (before?.doubtful !== undefined) return result({ kind: "unknown", why: before.doubtful });
  if (passing.machine.unmodelled.length > 0)
    return result({ kind: "unknown", why: `${passing.machine.unmodelled.join(" and ")} is not modelled` });
  try {
    return result(walk());
  } catch (error) {
    if (error instanceof Dropped) {
      passing.tracked = afterError(passing);
      const { message: why, by, verdict } = error;
      return result({ kind: "dropped", why, by, ...(verdict && { verdict }) });
    }
    if (error instanceof CannotTell) return result({ kind: "unknown", why: error.message });
    throw error;
  }
}

/**
 * A refused packet is answered by an ICMP error of the router's own, which belongs to the connection and passes the chains of what
 * it sends: a rule there may write the connection's mark. No walk follows such an error.
 */
function afterError({ machine, tracked }: Passing): Tracked {
  const writer = [...(machine.chains.get("mangle") ?? [])]
    .filter(([name]) => name !== "PREROUTING" && name !== "INPUT" && name !== "FORWARD")
    .flatMap(([, { rules }]) => rules)
    .find(({ target }) => target?.kind === "setConnmark" || target?.kind === "saveMark");
  if (!writer) return tracked;
  return { ...tracked, doubtful: `an ICMP error may have passed "${ruleText(writer)}", which is not modelled` };
}
