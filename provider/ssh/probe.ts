import { createConnection } from "node:net";
import type { HostKey } from "./hostkey.ts";
import type { Way } from "./probe-settings.ts";

/** Milliseconds that a router may take to greet; a 266 MHz one needs about a second. */
export const PATIENCE_MS = 10_000;

/** What a new connection got: the server's greeting, such as `SSH-2.0-OpenSSH_9.2p1`, and its key if asked for, or why there was none. */
export type Answer = { readonly greeting: string; readonly hostKey?: HostKey } | { readonly why: string };

/**
 * Does a *new* connection from here get in? An old one proves nothing: it goes on through rules that stop every
 * other. The greeting is enough, it needs no key exchange (RFC 4253 4.2).
 */
export function greetingOf({ host, port }: Way): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    const end = (why?: string) => {
      socket.destroy();
      resolve(
        why === undefined ? { greeting: /(?:^|\n)(SSH-[^\r\n]*)/.exec(greeting)?.[1]?.slice(0, 255) ?? "" } : { why },
      );
    };
    let greeting = "";
    socket.setTimeout(PATIENCE_MS, () => end(`no answer within ${PATIENCE_MS / 1000} seconds`));
    socket.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    socket.on("close", () => end("closed before it greeted"));
    socket.on("data", (data: Buffer) => {
      greeting += data.toString("latin1");
      // A server may send other lines first.
      if (/(^|\n)SSH-[^\n]*\n/.test(greeting)) end();
      else if (greeting.length > 64 * 1024) end("what answers there is no SSH server");
    });
  });
}
