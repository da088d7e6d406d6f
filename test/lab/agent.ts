/** A host's agent: opens and accepts connections inside its namespace on behalf of the lab. Ends with its input. */
import { createInterface } from "node:readline";
import { type Connection, connectTcp, connectUdp } from "./agent-connect.ts";
import { type Closable, listen, relay } from "./agent-listen.ts";
import type { Answer, Command, Request, Response } from "./wire.ts";

const listeners = new Map<number, Closable>();
const connections = new Map<number, Connection>();
let handles = 0;

const obey = async (command: Command): Promise<Answer> => {
  switch (command.op) {
    case "listen":
      return keep(listeners, await listen(command));
    case "relay":
      return keep(listeners, await relay(command));
    case "unlisten":
      listeners.get(command.handle)?.close();
      listeners.delete(command.handle);
      return {};
    case "connect":
      return connect(command);
    case "echo":
      await connection(command.handle).echo(Buffer.from(command.data, "base64"), command.timeoutMs);
      return {};
    case "send":
      connection(command.handle).send(Buffer.from(command.data, "base64"));
      return {};
    case "state":
      return { ...connection(command.handle).state() };
    case "close":
      connections.get(command.handle)?.close();
      connections.delete(command.handle);
      return {};
  }
};

/** A probe counts as completed only after two echoes: some faults hit the second reply of a connection only. */
const connect = async (command: Command & { op: "connect" }): Promise<Answer> => {
  const deadline = Date.now() + command.timeoutMs;
  const opened = await (command.proto === "tcp" ? connectTcp : connectUdp)(command);
  try {
    if (opened.greeting().peer !== undefined)
      for (const text of ["first", "second"]) await opened.echo(Buffer.from(`${text}\n`), deadline - Date.now());
  } catch (error) {
    opened.close();
    throw error;
  }
  const greeting = opened.greeting();
  if (command.hold) return { ...keep(connections, opened), greeting };
  opened.close();
  return { greeting };
};

const keep = <T>(map: Map<number, T>, value: T): { handle: number } => {
  map.set(++handles, value);
  return { handle: handles };
};

const connection = (handle: number): Connection => {
  const found = connections.get(handle);
  if (!found) throw new Error("the connection is closed");
  return found;
};

const reply = (response: Response): void => {
  process.stdout.write(`${JSON.stringify(response)}\n`);
};

createInterface({ input: process.stdin })
  .on("line", async (line) => {
    const request = JSON.parse(line) as Request;
    try {
      reply({ id: request.id, answer: await obey(request) });
    } catch (error) {
      reply({ id: request.id, error: (error as Error).message });
    }
  })
  .on("close", () => process.exit());
