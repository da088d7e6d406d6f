/** Where the operator comes in: by what the router says of the session, by what the settings declare, and by what names mean. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Operator, WayIn } from "../kinds/kind.ts";
import type { Session } from "./session.ts";
import { type RouterSettings, waysIn } from "./settings.ts";

/** Milliseconds that names may take; the name of the router itself has just been looked up by the system. */
const PATIENCE_MS = 2000;

/** Asks DNS for the names in the settings only; a name that nobody knows is left out, the session has told where it leads. */
export async function operatorOf(settings: RouterSettings, session: Ways, addressesOf = lookUp): Promise<Operator> {
  const declared = await Promise.all(
    waysIn(settings).map(async ({ host, port, setting }) =>
      (await addressesOf(host)).map((address): WayIn => ({ address, port, who: named(setting, host) })),
    ),
  );
  return {
    client: session.client?.address,
    server: session.server?.address,
    port: session.server?.port,
    ways: [...declared.flat(), ...cameInBy(session)],
  };
}

type Ways = Pick<Session, "client" | "server" | "peer">;

/**
 * What the session's first packet was sent to. The router's end of it is what its own NAT would see, unless the same address
 * was dialled with another port: then the router itself leads that port to its SSH server.
 */
function cameInBy({ server, peer }: Ways): WayIn[] {
  const who = "this session";
  if (peer === undefined) return server === undefined ? [] : [{ ...server, who }];
  return server === undefined || server.address === peer.address ? [{ ...peer, who }] : [{ ...server, who }];
}

const named = (setting: string, host: string) => (isIP(host) === 0 ? `${setting} (${host})` : setting);

async function lookUp(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  let late: NodeJS.Timeout | undefined;
  const nothing = new Promise<[]>((resolve) => {
    late = setTimeout(resolve, PATIENCE_MS, []);
  });
  const found = lookup(host, { all: true }).then(
    (all) => all.map(({ address }) => address),
    () => [],
  );
  return Promise.race([found, nothing]).finally(() => clearTimeout(late));
}
