/** Where the operator comes in: by what the router says of the session, by what the settings declare, and by what names mean. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Operator, WayIn } from "../kinds/kind.ts";
import type { Session } from "../ssh/session.ts";
import { type RouterSettings, waysIn } from "../ssh/settings.ts";
import { type Ends, parseEnds } from "../ssh/shell.ts";
import { observerOf } from "./observer.ts";

/** Milliseconds that names may take; the name of the router itself has just been looked up by the system. */
const PATIENCE_MS = 2000;

/**
 * Both ends of the session as the router sees them. A forced command keeps the login from telling them, and sudo takes them away:
 * then root finds them with the processes above its shell, in an exchange of its own. undefined where nobody can tell.
 */
export async function endsOf(session: Session, settings: RouterSettings): Promise<Ends | undefined> {
  const { client, server } = session;
  if (client !== undefined && server !== undefined) return { client, server };
  if (observerOf(settings) !== undefined) return undefined;
  const { stdout } = await session.exchange(ABOVE, { what: "asking by which address the session came in" });
  return parseEnds(stdout);
}

/** POSIX sh, dash and busybox; a router without /proc/PID/environ says nothing. */
const ABOVE = `c=\${SSH_CONNECTION-} p=$PPID n=0
while [ -z "$c" ] && [ "\${p:-0}" -gt 1 ] && [ $n -lt 8 ]; do
  c=$(tr '\\0' '\\n' <"/proc/$p/environ" | sed -n 's/^SSH_CONNECTION=//p')
  p=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$p/status") n=$((n + 1))
done 2>/dev/null
echo "$c"`;

/** Asks DNS for the names in the settings only; a name that nobody knows is left out, the session has told where it leads. */
export async function operatorOf(
  settings: RouterSettings,
  ends: Ends | undefined,
  peer: Session["peer"],
  addressesOf = lookUp,
): Promise<Operator> {
  const declared = await Promise.all(
    waysIn(settings).map(async ({ host, port, setting }) =>
      (await addressesOf(host)).map((address): WayIn => ({ address, port, who: named(setting, host) })),
    ),
  );
  return {
    client: ends?.client.address,
    server: ends?.server.address,
    port: ends?.server.port,
    ways: [...declared.flat(), ...cameInBy(ends?.server, peer)],
  };
}

/**
 * What the session's first packet was sent to. The router's end of it is what its own NAT would see, unless the same address
 * was dialled with another port: then the router itself leads that port to its SSH server.
 */
function cameInBy(server: Session["server"], peer: Session["peer"]): WayIn[] {
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
