import { createConnection } from "node:net";

/** Seconds that a router may take to greet; a 266 MHz one needs about one. */
const PATIENCE_MS = 10_000;

/**
 * Does a *new* connection from here still get in? An old one proves nothing: it goes on through rules that stop every
 * other. The greeting is enough, it needs no key exchange (RFC 4253 4.2).
 * @returns undefined when it does, else why not
 */
export async function newFlow(host: string, port: number): Promise<string | undefined> {
  const first = await attempt(host, port);
  // One lost packet is not a lock-out.
  return first === undefined ? undefined : attempt(host, port);
}

function attempt(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    const end = (why?: string) => {
      socket.destroy();
      resolve(why);
    };
    let greeting = "";
    socket.setTimeout(PATIENCE_MS, () => end(`no answer within ${PATIENCE_MS / 1000} seconds`));
    socket.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    socket.on("close", () => end("closed before it greeted"));
    socket.on("data", (data: Buffer) => {
      greeting += data.toString("latin1");
      // A server may send other lines first.
      if (/(^|\n)SSH-/.test(greeting)) end();
    });
  });
}
