/** May a packet come from there, and go there? ip_route_input_slow() and fib_validate_source() of net/ipv4. */
import { isInKernelPlace } from "../model/kernel-rules.ts";
import { deviceSetting, localType, type Machine } from "./machine.ts";
import { inverted } from "./packet.ts";
import { CannotTell, Dropped, type Passing } from "./passing.ts";
import { questionOf, routeOf } from "./routing.ts";

/**
 * What the kernel looks at before it asks any table: addresses that no packet has on a wire.
 * @throws {Dropped} @throws {CannotTell}
 */
export function refuseMartians({ packet, inDevice }: Passing): void {
  const { source, destination } = packet;
  const martian = (address: string, which: string) =>
    new Dropped(`${address} is no ${which} of a packet that arrives on ${inDevice}`, "reverse path");
  const first = (address: string) => Number(address.split(".")[0]);
  const isMulticast = (address: string) => first(address) >= 224 && first(address) < 240;
  const EVERYBODY = "255.255.255.255";
  // Multicast takes a way of its own (ip_route_input_mc), and goes to those who have joined.
  if (isMulticast(destination)) throw new CannotTell("multicast is not modelled");
  if (isMulticast(source) || source === EVERYBODY) throw martian(source, "source");
  if (destination === EVERYBODY) throw new CannotTell("broadcasts are not modelled");
  // Of 0.0.0.0/8 only the first is refused since Linux 5.3, before it was all.
  for (const address of [source, destination])
    if (first(address) === 0 && address !== "0.0.0.0") throw new CannotTell("addresses of 0.0.0.0/8 are not modelled");
  if (source === "0.0.0.0" && destination === "0.0.0.0") throw new CannotTell("broadcasts are not modelled");
  if (source === "0.0.0.0") throw martian(source, "source");
  if (destination === "0.0.0.0") throw martian(destination, "destination");
  // Unless route_localnet is on, which no snapshot tells.
  if (first(destination) === 127) throw martian(destination, "destination");
  if (first(source) === 127) throw martian(source, "source");
}

/**
 * The source of a packet that arrived, after the way of the packet itself is known.
 * @throws {Dropped} the kernel takes it for a forgery
 * @throws {CannotTell}
 */
export function validateSource(passing: Passing, outDevice: string | undefined): void {
  const { machine, packet, inDevice } = passing;
  const filter = deviceSetting(machine, inDevice, "rp_filter");
  if (filter === 0 && !hasOwnRules(machine)) {
    refuseOwn(machine, packet.source);
    return;
  }
  const mark = deviceSetting(machine, inDevice, "src_valid_mark") ? packet.mark : 0;
  const back = { ...packet, ...inverted(packet), mark };
  const way = routeOf(machine, { ...questionOf(back), inDevice: outDevice ?? "lo" }, undefined, passing.guess);
  const mode = filter === 1 ? "strict" : "loose";
  if (way.kind === "none") {
    if (filter === 0) return;
    throw forged(passing, `${mode}: no way back to ${packet.source}, ${way.why}`, way.by);
  }
  if (way.route.type === "local") throw own(packet.source);
  if (way.route.type !== "unicast") throw forged(passing, `${packet.source} is a ${way.route.type} address`);
  if (filter !== 0 && way.route.device !== inDevice) refuseOtherDevice(passing, mode, way.route.device);
}

/** The kernel looks at its own addresses only, unless there ever was a rule of somebody's: it does not forget that. */
function refuseOwn(machine: Machine, source: string): void {
  const type = localType(machine, source);
  if (type === "local") throw own(source);
  if (type !== undefined) throw new CannotTell(`a source that is a ${type} address is not modelled`);
}

function refuseOtherDevice(passing: Passing, mode: "strict" | "loose", device: string | undefined): void {
  const { machine, packet, inDevice } = passing;
  if (mode === "strict") throw forged(passing, `${mode}: a reply to ${packet.source} would leave by ${device}`);
  // Loose is as strict as strict on a device that has no address.
  if (!machine.addresses.some((address) => address.device === inDevice))
    throw forged(passing, `${mode}, but the device has no address: a reply would leave by ${device}`);
}

function own(source: string): Dropped {
  return new Dropped(`its source ${source} is an address of the router itself`, "reverse path");
}

function forged({ inDevice }: Passing, why: string, by: "refusal" | "routing" = "routing"): Dropped {
  return new Dropped(`reverse path filter of ${inDevice}, ${why}`, by === "refusal" ? by : "reverse path");
}

/** With rules beside the kernel's three, all are asked even where there is no filter: a source may be local by them. */
function hasOwnRules({ rules }: Machine): boolean {
  return !rules.every(
    ({ rule, extra }) =>
      isInKernelPlace(rule) &&
      rule.from === "all" &&
      rule.to === undefined &&
      rule.mark === undefined &&
      extra.size === 0,
  );
}
