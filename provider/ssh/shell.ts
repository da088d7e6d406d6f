import type { ClientChannel } from "ssh2";
import type { Attempt } from "./attempt.ts";
import { printable, RouterError } from "./errors.ts";
import { connectFault } from "./faults.ts";
import type { Link } from "./link.ts";

/** One end of the TCP connection as the router sees it: after any address translation on the way. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface Ends {
  readonly client: Endpoint;
  readonly server: Endpoint;
}

/**
 * One exec channel without terminal, X11 or agent forwarding. The greeting tells both ends of the connection: sudo would
 * take SSH_CONNECTION away.
 * @param shell the command that becomes the shell: `/bin/sh`, `sudo -n /bin/sh`
 */
export function startShell(link: Link, nonce: string, shell: string, attempt: Attempt) {
  const command = `echo "@@${nonce} from $SSH_CONNECTION"; exec ${shell}`;
  return new Promise<ClientChannel>((resolve, reject) => {
    const refuse = (error: Error) => reject(link.fault ? connectFault(link.fault, attempt) : refused(error, attempt));
    try {
      link.client.exec(command, { pty: false }, (error, stream) => (error ? refuse(error) : resolve(stream)));
    } catch (error) {
      refuse(error as Error);
    }
  });
}

/** Proof of a login: a command that does nothing, run to its end. */
export function runNothing(link: Link, attempt: Attempt): Promise<void> {
  attempt.stage = "running a command";
  return new Promise((resolve, reject) => {
    const refuse = (error: Error) => reject(link.fault ? connectFault(link.fault, attempt) : refused(error, attempt));
    link.onFault = (fault) => reject(connectFault(fault, attempt));
    try {
      link.client.exec("true", { pty: false }, (error, stream) =>
        error
          ? refuse(error)
          : stream
              .resume()
              .once("close", () => resolve())
              .end(),
      );
    } catch (error) {
      refuse(error as Error);
    }
  });
}

function refused(error: Error, { router, stage, settings }: Attempt): RouterError {
  const why = `the router does not let "${settings.user}" run commands (${printable(error.message, 1)})`;
  return new RouterError("no-shell", {
    router,
    what: stage,
    why,
    hint: "Use another user",
    setting: "user",
    cause: error,
  });
}

/** Finds both ends in what the shell said before its first script; undefined for a server without SSH_CONNECTION. */
export function readEnds(greeting: string, nonce: string): Ends | undefined {
  const found = new RegExp(`@@${nonce} from (.*)`).exec(greeting);
  return found ? parseEnds(found[1]!) : undefined;
}

/** SSH_CONNECTION: the client's address and port, the server's. */
export function parseEnds(text: string): Ends | undefined {
  const found = /^([0-9a-f.:%\w]+) (\d+) ([0-9a-f.:%\w]+) (\d+)/.exec(text);
  if (!found) return undefined;
  const [, from = "", fromPort, to = "", toPort] = found;
  const end = (address: string, port: string | undefined) => ({ address: plainAddress(address), port: Number(port) });
  return { client: end(from, fromPort), server: end(to, toPort) };
}

/** An IPv4 address that a socket of both families shows as `::ffff:192.0.2.1`. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=[\d.]+$)/i, "");
