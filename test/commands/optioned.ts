/** A program of five resources whose Pulumi options, names and presence come from the stack file, for tests of Pulumi's own commands. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Drive } from "../drive/index.ts";
import { type Program, program } from "../rows/program.ts";

export interface Optioned {
  /** By resource, as in `new FwmarkRule("rule", args, options)`. */
  readonly options?: Readonly<Record<string, object>>;
  /** Arguments that differ, by resource. */
  readonly args?: Readonly<Record<string, object>>;
  readonly without?: readonly string[];
  /** Other names, by resource. */
  readonly names?: Readonly<Record<string, string>>;
}

const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import * as multiwan from "pulumi-multiwan";

const { options = {}, args = {}, without = [], names = {} } = new pulumi.Config("multiwan").requireObject("site");
const made = {};
const declare = (kind, name, given, dependsOn = []) => {
  if (without.includes(name)) return;
  const more = { dependsOn: dependsOn.flatMap((other) => made[other] ?? []) };
  made[name] = new multiwan[kind](names[name] ?? name, { ...given, ...args[name] }, { ...more, ...options[name] });
};
declare("WanLink", "link", { linkId: 1, link: "wan_one", device: "eth1", gateway: "149.99.251.145", addresses: ["123.234.1.11"] });
declare("RoutingTable", "table", { table: 101, name: "wan_one", device: "eth1", gateway: "149.99.251.145" });
declare("FwmarkRule", "rule", { mark: 1, table: 101, priority: 1024 }, ["table"]);
declare("ServerMap", "servers", { map: "servers", entries: [{ address: "123.234.1.11", protocol: "tcp", port: 1494, server: "172.16.1.131" }] }, ["link", "rule"]);
declare("DefaultRoute", "main", { device: "eth1", gateway: "149.99.251.145" }, ["link"]);
`;

const provider = (name: string) => JSON.stringify(new URL(`../../provider/${name}.ts`, import.meta.url).href);
const KINDS = ["WanLink", "RoutingTable", "FwmarkRule", "ServerMap", "DefaultRoute"] as const;

/** The package, but a create or delete for which there is a file in the folder $HOLD is not begun and does not end. */
const RUNTIME = `
import { existsSync, writeFileSync } from "node:fs";
import * as runtime from ${provider("runtime")};

const held = (kind) => {
  const wait = (method) => async (...given) => {
    const file = process.env.HOLD + "/" + method + "-" + kind;
    if (existsSync(file)) await new Promise(() => writeFileSync(file, "held"));
    return runtime[kind][method](...given);
  };
  return { ...runtime[kind], create: wait("create"), delete: wait("delete") };
};
${KINDS.map((kind) => `export const ${kind} = held("${kind}");`).join("\n")}
`;

export interface Held extends Program {
  /** Environment of the CLI. */
  readonly env: NodeJS.ProcessEnv;
  /** Plays a command, and kills it with all its processes when it is about to call the method. */
  killedAt(method: "create" | "delete", kind: (typeof KINDS)[number], command: () => Promise<unknown>): Promise<void>;
}

export function optioned(): Held {
  const made = program(PROGRAM);
  const hold = join(made.project, "hold");
  mkdirSync(hold);
  const path = join(made.project, "node_modules/pulumi-multiwan");
  rmSync(path);
  mkdirSync(path);
  const exports = { ".": "./index.js", "./runtime": "./runtime.js" };
  writeFileSync(join(path, "package.json"), JSON.stringify({ name: "pulumi-multiwan", type: "module", exports }));
  writeFileSync(join(path, "index.js"), `export * from ${provider("index")};\n`);
  writeFileSync(join(path, "runtime.js"), RUNTIME);
  return {
    ...made,
    env: { HOLD: hold },
    killedAt: async (method, kind, command) => {
      const file = join(hold, `${method}-${kind}`);
      writeFileSync(file, "");
      const ran = command();
      let over = false;
      void ran.finally(() => {
        over = true;
      });
      while (readFileSync(file, "utf8") === "" && !over) await sleep(20);
      rmSync(file);
      if (over) throw new Error(`the command has ended without a ${method} of ${kind}`);
      kill(hold);
      await ran;
    },
    [Symbol.dispose]: () => made[Symbol.dispose](),
  };
}

/** What the program reads. */
export function set(stack: Drive, given: Optioned): void {
  stack.site = { ...given };
}

/** Its processes are those that have the folder in their environment. */
function kill(mark: string): void {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
    try {
      if (readFileSync(`/proc/${pid}/environ`, "utf8").includes(mark)) process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended.
    }
}
