/**
 * The operator's side as a process that can be killed: a provider, and the little of an engine that a fault needs. It
 * lives in the operator's network namespace. Commands come in as lines of JSON, answers go out as lines of JSON; what a
 * resource has returned is in the state file before anything else happens, as with the real engine.
 */
import { existsSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import { createInterface } from "node:readline";
import type * as pulumi from "@pulumi/pulumi";
import "../../drive/light-sdk.ts";
import type { Answer, Command, Moment, Recorded } from "./operator.ts";

const { configure, forget, router } = await import("../../../provider/lifecycle/process.ts");
const runtime = await import("../../../provider/lifecycle/providers.ts");
const sdk = (await import("@pulumi/pulumi")) as typeof pulumi;

type Props = Record<string, unknown>;
const providers: Record<string, pulumi.dynamic.ResourceProvider> = { ...(runtime.PROVIDERS ?? runtime) } as never;
const stateFile = process.argv[2]!;
const warned: string[] = [];
for (const level of ["warn", "info", "error", "debug"] as const)
  Object.assign(sdk.log, { [level]: async (text: string) => void warned.push(text) });

const say = (line: object) => writeSync(1, `${JSON.stringify(line)}\n`);
const load = (): Map<string, Recorded> =>
  new Map(existsSync(stateFile) ? (JSON.parse(readFileSync(stateFile, "utf8")) as [string, Recorded][]) : []);

let command: Command | undefined;

/** Every boundary of the protocol, as this side sees it. */
function reached(moment: Moment): void {
  if (command?.at !== moment) return;
  const { act } = command;
  command = { ...command, at: undefined };
  if (act === "die") process.kill(process.pid, "SIGKILL");
  if (act === "forwards") setClock(3600);
  else if (act === "backwards") setClock(-3600);
  else {
    say({ reached: moment });
    process.kill(process.pid, "SIGSTOP");
  }
}

function setClock(seconds: number): void {
  const real = Date.now;
  const now = () => real() + seconds * 1000;
  globalThis.Date = new Proxy(Date, {
    construct: (date, args) => (args.length === 0 ? new date(now()) : Reflect.construct(date, args)),
    get: (date, key) => (key === "now" ? now : Reflect.get(date, key)),
  });
}

spyOnChannel();

/** What goes over the channel tells where a run is: no line of the provider has to know. */
function spyOnChannel(): void {
  const { Channel } = createRequire(import.meta.url)("ssh2/lib/Channel.js") as {
    Channel: { prototype: { write: (...args: unknown[]) => boolean; push: (...args: unknown[]) => boolean } };
  };
  let now = "read";
  let said = "";
  const { write, push } = Channel.prototype;
  Channel.prototype.write = function (...args) {
    const text = String(args[0]);
    const kind = kindOf(text);
    if (!kind) return write.apply(this, args);
    now = kind;
    said = "";
    reached(`${kind}-sending` as Moment);
    const result = write.apply(this, args);
    reached(`${kind}-sent` as Moment);
    return result;
  };
  Channel.prototype.push = function (...args) {
    if (args[0] !== null) {
      said += String(args[0]);
      if (/^@@[0-9a-f]{16} applied$/m.test(said)) reached("begin-applied");
      if (/@@[0-9a-f]{32} end \d+\n/.test(said)) {
        said = "";
        reached(`${now}-answered` as Moment);
      }
    }
    return push.apply(this, args);
  };
  const connect = net.Socket.prototype.connect as (...args: unknown[]) => net.Socket;
  net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
    if (now === "begin") reached("probe-start");
    return connect.apply(this, args);
  } as never;
}

function kindOf(text: string): string | undefined {
  if (!text.includes("mw_rc=$?")) return undefined;
  if (text.includes("say applied")) return "begin";
  if (text.includes("mark begin 0")) return "read";
  if (text.includes('"$T/confirmed"')) return "confirm";
  return text.includes('"$T/firing"') ? "revert" : "await";
}

async function pass({
  resources,
  apply,
  refresh,
  stack = "multiwan/lab",
}: Command): Promise<Omit<Answer, "exchanges" | "warned">> {
  const state = load();
  const save = () => {
    writeFileSync(`${stateFile}.new`, JSON.stringify([...state]));
    renameSync(`${stateFile}.new`, stateFile);
  };
  const ops: Record<string, string> = {};
  const failures: Record<string, string> = {};
  const drift: string[] = [];
  if (refresh)
    for (const [name, old] of state) {
      const { id, props } = await providers[old.kind]!.read!(old.id, old.outs);
      if (id) state.set(name, { ...old, outs: props as Props });
      else state.delete(name);
      save();
    }
  const news = new Map<string, Props>();
  await Promise.all(
    resources.map(async ({ kind, name, args, replace }) => {
      const old = state.get(name);
      const plain = JSON.parse(JSON.stringify(args)) as Props;
      const given = { ...plain, owner: `${stack}/${kind}/${name}`, ...(replace && { replace: [...replace] }) };
      const { inputs, failures: refused } = await providers[kind]!.check!(old?.outs ?? {}, given);
      if (refused?.length) failures[name] = refused.map((f) => f.reason).join("\n");
      else {
        news.set(name, inputs as Props);
        drift.push(...(((inputs as Props).drift as string[] | undefined) ?? []));
        const changed = old && (old.failed || (await providers[kind]!.diff!(old.id, old.outs, inputs)).changes);
        ops[name] = !old ? "create" : changed ? "update" : "same";
      }
    }),
  );
  for (const name of state.keys()) if (!resources.some((r) => r.name === name)) ops[name] = "delete";
  if (Object.keys(failures).length > 0) return { ops, failures, drift, refused: true };
  if (!apply) return { ops, failures, drift };

  const guarded = async (name: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      const { message, id, properties } = error as Error & { id?: string; properties?: Props };
      failures[name] = message;
      const resource = resources.find((r) => r.name === name);
      if (id && properties && resource) state.set(name, { ...resource, id, outs: properties, failed: true });
      save();
    }
  };
  const make = (resource: (typeof resources)[number]) =>
    guarded(resource.name, async () => {
      const { kind, name } = resource;
      const old = state.get(name);
      const { outs, id = old?.id } = old
        ? { ...(await providers[kind]!.update!(old.id, old.outs, news.get(name)!)), id: old.id }
        : await providers[kind]!.create(news.get(name)!);
      reached("returned");
      state.set(name, { ...resource, id: id!, outs: outs as Props });
      save();
    });
  const remove = ({ kind, name, id, outs }: Recorded) =>
    guarded(name, async () => {
      await providers[kind]!.delete!(id, outs);
      reached("returned");
      state.delete(name);
      save();
    });
  const changed = resources.filter((r) => ops[r.name] !== "same");
  const gone = [...state.values()].filter((old) => ops[old.name] === "delete");
  await Promise.all([...changed.map(make), ...gone.map(remove)]);
  return { ops, failures, drift };
}

createInterface({ input: process.stdin })
  .on("line", async (line) => {
    command = JSON.parse(line) as Command;
    await forget();
    configure(JSON.stringify(command.router));
    const done = await pass(command).catch((error: Error) => ({
      ...{ ops: {}, drift: [], failures: { "": String(error.stack) } },
    }));
    const { exchanges } = await router()
      .counts()
      .catch(() => ({ exchanges: 0 }));
    await forget();
    say({ ...done, exchanges, warned: warned.splice(0) } satisfies Answer);
  })
  .on("close", () => process.exit());
say({ ready: true });
