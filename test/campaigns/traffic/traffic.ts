/** Traffic of a lab's host: starts the process in its namespace and gives it orders. */
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Host, Lab } from "../../lab/index.ts";
import type { Attempt, Order, Response, StreamOptions, StreamState, Target } from "./wire.ts";

export interface Running {
  /** The client's port, the key to the ISPs' records. */
  readonly sourcePort: number;
  /** The client as the server sees it, `address:port`. */
  readonly peer: string;
  /** Throws unless bytes written from now on come back. */
  alive(timeoutMs?: number): Promise<void>;
  /** Ends it after every byte has come back, or tells what is missing. */
  end(timeoutMs?: number): Promise<StreamState>;
}

export interface Traffic extends Disposable {
  stream(options: StreamOptions): Promise<Running>;
  storm(targets: readonly Target[], options?: StormOptions): Promise<() => Promise<readonly Attempt[]>>;
}

export interface StormOptions {
  /** One connection in so many is kept open for `keepMs`; 10 by default. */
  readonly keepOneIn?: number;
  /** 4000 by default: longer than a change takes. */
  readonly keepMs?: number;
  /** How long a connection may take; 10 seconds by default, so that TCP can repeat its first packet three times. */
  readonly deadlineMs?: number;
}

/** A busy machine may let a byte wait; a wrong link never brings it. */
const PATIENCE = 20_000;

export function traffic(lab: Lab, host: Host): Traffic {
  const argv = [process.execPath, "--disable-warning=ExperimentalWarning", join(import.meta.dirname, "client.ts")];
  const child = lab.inNamespace(host, argv, { stdio: ["pipe", "pipe", "inherit"], env: { NODE_OPTIONS: undefined } });
  const waiting = new Map<number, (response: Response) => void>();
  let requests = 0;
  createInterface({ input: child.stdout! }).on("line", (line) => {
    const response = JSON.parse(line) as Response;
    waiting.get(response.id)?.(response);
    waiting.delete(response.id);
  });
  child.stdin!.on("error", () => undefined);
  child.once("close", () => {
    for (const [id, tell] of waiting) tell({ id, error: `the traffic of ${host} has ended` });
  });
  const ask = <T>(order: Order): Promise<T> =>
    new Promise((resolve, reject) => {
      const id = ++requests;
      waiting.set(id, (response) =>
        "answer" in response ? resolve(response.answer as T) : reject(new Error(response.error)),
      );
      child.stdin!.write(`${JSON.stringify({ ...order, id })}\n`);
    });
  return {
    stream: async (options) => {
      const opened = await ask<{ stream: number; sourcePort: number; peer: string }>({ op: "stream", ...options });
      const { stream, sourcePort, peer } = opened;
      return {
        sourcePort,
        peer,
        alive: async (timeoutMs = PATIENCE) => {
          const { dead } = await ask<{ dead: { why: string }[] }>({ op: "alive", streams: [stream], timeoutMs });
          if (dead[0]) throw new Error(`the connection from port ${sourcePort}: ${dead[0].why}`);
        },
        end: (timeoutMs = PATIENCE) => ask({ op: "end", stream, timeoutMs }),
      };
    },
    storm: async (targets, { keepOneIn = 10, keepMs = 4000, deadlineMs = 10_000 } = {}) => {
      await ask({ op: "storm", targets, keepOneIn, keepMs, deadlineMs });
      return async () => (await ask<{ attempts: readonly Attempt[] }>({ op: "stop" })).attempts;
    },
    [Symbol.dispose]: () => void child.kill("SIGKILL"),
  };
}
