import { createConnection } from "node:net";
import { NodeSSH } from "node-ssh";
import { printable } from "../model/printable.ts";
import { hostKeyAlgorithms, offer } from "./algorithms.ts";
import type { SshFault } from "./faults.ts";
import { type HostKey, hostKeyOf, onlyKey, orderHostKeys } from "./hostkey.ts";
import { type Answer, PATIENCE_MS } from "./probe.ts";
import type { Way } from "./probe-settings.ts";
import type { RouterSettings } from "./settings.ts";

/** For the key exchange behind the greeting: a 266 MHz router needs one to four seconds, and may be busy. */
const EXCHANGE_MS = 20_000;

/**
 * Which machine does a *new* connection from here reach? It goes up to the host key and the server's proof that the key is its own
 * (RFC 4253 8), and ends before any attempt to log in. The server is asked for the kind of key that it has shown before.
 */
export function hostKeyAt(
  settings: Pick<RouterSettings, "legacyAlgorithms">,
  { host, port }: Way,
  known: HostKey | undefined,
): Promise<Answer> {
  return new Promise((resolve) => {
    let greeting: string | undefined;
    let hostKey: HostKey | undefined;
    const socket = createConnection({ host, port, noDelay: true });
    const end = (answer: Answer) => {
      clearTimeout(deadline);
      resolve(answer);
      socket.destroy();
    };
    const late = (ms: number) => setTimeout(() => end({ why: `no answer within ${ms / 1000} seconds` }), ms);
    let deadline = late(PATIENCE_MS);
    const closed = () =>
      end({
        why:
          greeting === undefined
            ? "closed before it greeted"
            : `closed after the greeting "${printable(greeting, 1)}", before it showed a host key`,
      });
    const fault = ({ message, code, level }: SshFault) => {
      // A server that ends in the middle resets the connection or closes it, as it happens.
      if (
        message === "Connection lost before handshake" ||
        (greeting !== undefined && /^(ECONNRESET|EPIPE)$/.test(String(code)))
      )
        closed();
      else end({ why: level === "client-socket" && typeof code === "string" ? code : printable(message, 1) });
    };
    // Before ssh2 listens to it.
    socket.on("error", ({ message, code }: NodeJS.ErrnoException) => fault({ message, code, level: "client-socket" }));
    const order = known === undefined ? undefined : onlyKey(known, "");
    const keys = hostKeyAlgorithms(settings.legacyAlgorithms);
    const ssh = new NodeSSH();
    const connecting = ssh.connect({
      sock: socket,
      // Never sent.
      username: "root",
      authHandler: () => false,
      algorithms: offer(settings.legacyAlgorithms, order === undefined ? keys : orderHostKeys(keys, order)),
      hostVerifier: (key: Buffer) => {
        hostKey = hostKeyOf(key);
        return true;
      },
      debug: (line) => {
        const ident = /^Remote ident: '(.*)'$/.exec(line)?.[1];
        if (ident === undefined || greeting !== undefined) return;
        greeting = ident.slice(0, 255);
        clearTimeout(deadline);
        deadline = late(EXCHANGE_MS);
      },
      readyTimeout: 0,
    });
    connecting.catch(fault);
    const client = ssh.connection;
    client?.on("error", fault);
    client?.once("close", closed);
    client?.once("handshake", () => {
      client.end();
      end({ greeting: greeting ?? "", ...(hostKey && { hostKey }) });
    });
  });
}
