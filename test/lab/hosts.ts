import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { inNet, start } from "./command.ts";
import { type Host, namespaceOf } from "./names.ts";
import type { Answer, Command, Response } from "./wire.ts";

/** Talks to the agents; each is started when its host is first used and stays, so that a probe spawns nothing. */
export interface Hosts {
  ask(host: Host, command: Command): Promise<Answer>;
  stop(): void;
}

export const createHosts = (id: string, dir: string): Hosts => {
  const agents = new Map<Host, Agent>();
  return {
    ask: (host, command) => {
      const agent = agents.get(host) ?? startAgent(namespaceOf(id, host), dir);
      agents.set(host, agent);
      return agent.ask(command);
    },
    stop: () => {
      for (const agent of agents.values()) agent.process.kill("SIGKILL");
    },
  };
};

interface Agent {
  readonly process: ChildProcess;
  ask(command: Command): Promise<Answer>;
}

const SCRIPT = join(import.meta.dirname, "agent.ts");

const startAgent = (namespace: string, dir: string): Agent => {
  const child = start([...inNet(namespace), process.execPath, "--disable-warning=ExperimentalWarning", SCRIPT], {
    stdio: ["pipe", "pipe", "inherit"],
    // All agents run the same few files: the first one compiles, the others load.
    env: { NODE_OPTIONS: undefined, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(dir, "compiled") },
  });
  const waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  let requests = 0;
  createInterface({ input: child.stdout! }).on("line", (line) => {
    const response = JSON.parse(line) as Response;
    const waiter = waiting.get(response.id);
    waiting.delete(response.id);
    if ("answer" in response) waiter?.resolve(response.answer);
    else waiter?.reject(new Error(response.error));
  });
  child.stdin!.on("error", () => undefined);
  child.on("close", () => {
    for (const { reject } of waiting.values()) reject(new Error(`the agent of ${namespace} has ended`));
    waiting.clear();
  });
  return {
    process: child,
    ask: (command) =>
      new Promise((resolve, reject) => {
        if (child.exitCode !== null || child.signalCode !== null) return reject(new Error(`${namespace} is gone`));
        const id = ++requests;
        waiting.set(id, { resolve, reject });
        child.stdin!.write(`${JSON.stringify({ ...command, id })}\n`);
      }),
  };
};
