import type { Client, ClientChannel } from "ssh2";
import type { Attempt } from "./attempt.ts";
import { printable, RouterError } from "./errors.ts";

/** One end of the TCP connection as the router sees it: after any address translation on the way. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface Ends {
  readonly client: Endpoint;
  readonly server: Endpoint;
}

/** One exec channel without terminal, X11 or agent forwarding. The greeting tells both ends of the connection. */
export function startShell(
  client: Client,
  nonce: string,
  sudo: boolean,
  shell: string,
  attempt: Attempt,
): Promise<ClientChannel> {
  const command = `echo "@@${nonce} from $SSH_CONNECTION"; exec ${sudo ? "sudo -n " : ""}${shell}`;
  return new Promise((resolve, reject) => {
    client.exec(command, { pty: false }, (error, stream) => {
      if (!error) return resolve(stream);
      const { router, stage } = attempt;
      const hint = "Use a user who may run commands";
      reject(
        new RouterError("no-shell", {
          router,
          what: stage,
          why: `the router refused (${printable(error.message, 1)})`,
          hint,
          setting: "user",
          cause: error,
        }),
      );
    });
  });
}

/** Finds both ends in what the shell said before its first script; undefined for a server without SSH_CONNECTION. */
export function readEnds(greeting: string, nonce: string): Ends | undefined {
  const found = new RegExp(`@@${nonce} from ([0-9a-f.:%\\w]+) (\\d+) ([0-9a-f.:%\\w]+) (\\d+)`).exec(greeting);
  if (!found) return undefined;
  const [, from = "", fromPort, to = "", toPort] = found;
  return { client: { address: from, port: Number(fromPort) }, server: { address: to, port: Number(toPort) } };
}
