import { connect, type Socket } from "node:net";
import { RouterError, type RouterErrorParts } from "./errors.ts";

/**
 * Opens the TCP connection, without waiting for the small packets of an interactive protocol to fill up (Nagle).
 * Rejects with `unreachable`. The socket is handed out at once, so that a deadline can end the attempt.
 */
export function dial(host: string, port: number, router: string): { socket: Socket; connected: Promise<void> } {
  const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 });
  const connected = new Promise<void>((resolve, reject) => {
    socket.once("connect", () => resolve());
    socket.once("error", (error: NodeJS.ErrnoException) => reject(dialError(error, host, port, router)));
  });
  return { socket, connected };
}

function dialError(error: NodeJS.ErrnoException, host: string, port: number, router: string): RouterError {
  const what = `connecting to port ${port}`;
  return new RouterError("unreachable", { router, what, cause: error, ...reason(error.code, host, port) });
}

type Reason = Pick<RouterErrorParts, "why" | "hint" | "setting">;

function reason(code: string | undefined, host: string, port: number): Reason {
  switch (code) {
    case "ENOTFOUND":
      return { why: `the name ${host} does not exist in DNS`, hint: "Check the name", setting: "host" };
    case "EAI_AGAIN":
      return {
        why: `the name ${host} could not be looked up: no answer from DNS`,
        hint: "Try again, or give an address",
        setting: "host",
      };
    case "ECONNREFUSED":
      return {
        why: `connection refused: nothing listens on port ${port}`,
        hint: "Check the port and that sshd runs",
        setting: "port",
      };
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return { why: "no route to the router", hint: "Check the address and the network between", setting: "host" };
    case "ETIMEDOUT":
      return { why: "no answer", hint: "Check the address and any firewall between", setting: "host" };
    case "EACCES":
    case "EPERM":
      return { why: "refused by a firewall on this side", hint: "Check the local firewall" };
    default:
      return { why: code ?? "the connection failed" };
  }
}
