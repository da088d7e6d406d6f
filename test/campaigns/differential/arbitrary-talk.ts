/** Who talks to whom, by what device. */
import fc from "fast-check";
import { PORTS } from "./arbitrary-rule.ts";
import type { Talk } from "./play.ts";
import { DEVICES, type DeviceName } from "./wire.ts";

/** What no packet may come from, or go to; and what nobody expects. */
const ODD = ["127.0.0.1", "0.0.0.0", "224.0.0.5", "255.255.255.255", "240.0.0.1", "172.16.1.255"];

export interface Places {
  /** Addresses with the device that they are behind. */
  readonly near: readonly (readonly [address: string, device: DeviceName])[];
  readonly addresses: readonly string[];
}

export function talkArbitrary({ near, addresses }: Places): fc.Arbitrary<Talk> {
  const device = fc.constantFrom(...DEVICES);
  const rarely = <Value>(often: number, value: fc.Arbitrary<Value>) =>
    fc.oneof({ weight: often, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
  // Most come from where they live, to somebody who is there.
  const from = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...near) },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...addresses), device) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...ODD), device) },
  );
  const to = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...addresses) },
    { weight: 1, arbitrary: fc.constantFrom(...ODD) },
  );
  return fc
    .record({
      protocol: fc.constantFrom("tcp" as const, "tcp" as const, "udp" as const, "icmp" as const),
      from,
      destination: to,
      port: fc.constantFrom(...PORTS),
      answerBy: rarely(9, device),
      laterBy: rarely(9, device),
    })
    .map(({ from: [source, inDevice], answerBy, laterBy, ...rest }) => ({
      ...{ source, inDevice, ...rest },
      ...(answerBy && { answerBy }),
      ...(laterBy && { laterBy }),
    }));
}
