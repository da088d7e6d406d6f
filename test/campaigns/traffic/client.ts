/** The traffic process of a namespace: opens connections by the hundred, and streams. Ends with its input. */
import { createInterface } from "node:readline";
import { Storm } from "./storm-client.ts";
import { Stream } from "./stream.ts";
import type { Answer, Order, Request, Response } from "./wire.ts";

const streams = new Map<number, Stream>();
let handles = 0;
let storm: Storm | undefined;

const obey = async (order: Order): Promise<Answer> => {
  switch (order.op) {
    case "storm":
      storm = new Storm(order);
      return {};
    case "stop":
      return { attempts: (await storm?.stop()) ?? [] };
    case "stream": {
      const stream = await Stream.open(order);
      streams.set(++handles, stream);
      return { stream: handles, sourcePort: stream.sourcePort, peer: stream.peer };
    }
    case "alive": {
      const looked = order.streams.map(async (handle) => ({
        ...{ stream: handle, why: await streams.get(handle)?.alive(order.timeoutMs) },
      }));
      return { dead: (await Promise.all(looked)).flatMap(({ stream, why }) => (why ? [{ stream, why }] : [])) };
    }
    case "end": {
      const state = await streams.get(order.stream)!.end(order.timeoutMs);
      streams.delete(order.stream);
      return state;
    }
  }
};

const reply = (response: Response): void => {
  process.stdout.write(`${JSON.stringify(response)}\n`);
};

createInterface({ input: process.stdin })
  .on("line", async (line) => {
    const { id, ...order } = JSON.parse(line) as Request;
    try {
      reply({ id, answer: await obey(order as Order) });
    } catch (error) {
      reply({ id, error: (error as Error).message });
    }
  })
  .on("close", () => process.exit());
