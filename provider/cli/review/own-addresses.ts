/** The addresses that servers carry in the connections they open themselves: the first that a link publishes them by. Pure. */
import { contains } from "../../model/ip.ts";
import { byText } from "./by-text.ts";
import type { Affected } from "./concerned.ts";
import type { Names } from "./names.ts";
import type { Props, Step } from "./preview.ts";
import { groups, text } from "./props.ts";
import { joined, own, say, type Words } from "./words.ts";

interface Own {
  readonly device: string;
  readonly server: string;
}

/** One entry a link. None where the whole map goes: nothing is published then. */
export function ownAddresses(steps: readonly Step[], names: Names): Affected[] {
  const maps = steps.filter(({ kind, op }) => kind === "ServerMap" && op !== "delete");
  const nameOf = (server: string) => names.serverAt(server) ?? server;
  const changed = maps.flatMap(({ before, after }) =>
    [...new Map([...carried(before), ...carried(after)]).values()].flatMap((one) => {
      // What a router translates before a device is this map's nobody says; and without the device nothing leaves by it.
      const from = knows(before, one.device) ? addressOf(before, one) : undefined;
      const to = addressOf(after, one);
      return from === to || !knows(after, one.device) ? [] : [{ ...one, name: nameOf(one.server), from, to }];
    }),
  );
  return [...Map.groupBy(changed, ({ device }) => names.linkOf(device))]
    .toSorted(([a], [b]) => byText(a, b))
    .map(([link, all]) => {
      const each = all
        .toSorted((a, b) => byText(a.name, b.name))
        .map(({ name, from, to }): Words => {
          const instead = from === undefined ? own("") : say` instead of ${said(from)}`;
          return say`${name} ${said(to)}${instead}`;
        });
      return {
        who: say`What servers open themselves by ${link}`,
        how: say`new connections carry another address: ${joined(each, "; ")}. Open ones keep theirs`,
      };
    });
}

/** By server and device, the first of each counting. */
function carried(props: Props): [string, Own][] {
  return groups(props, "outgoing").map((one) => {
    const [device, server] = [text(one, "device"), text(one, "server")];
    return [`${device} ${server}`, { device, server }];
  });
}

function knows(props: Props, device: string): boolean {
  return ["outgoing", "masquerade"].some((key) => groups(props, key).some((one) => text(one, "device") === device));
}

function addressOf(props: Props, { device, server }: Own): string {
  const one = groups(props, "outgoing").find((o) => text(o, "device") === device && text(o, "server") === server);
  if (one) return text(one, "address");
  const network = groups(props, "masquerade").find(
    (m) => text(m, "device") === device && contains(text(m, "network"), server),
  );
  return network ? text(network, "address") || DEVICE : NONE;
}

const DEVICE = "the device's own";
const NONE = "the server's own";
const said = (address: string): Words => (address === DEVICE || address === NONE ? own(address) : say`${address}`);
