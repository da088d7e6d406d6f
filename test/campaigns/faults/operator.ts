/** The operator as the tests see him: a process in his namespace that is told what to do, stopped, and killed. */
import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "../../lab/index.ts";
import type { Resource } from "./site.ts";

export const MOMENTS = [
  "read-sending",
  "read-sent",
  "read-answered",
  "begin-sending",
  "begin-sent",
  "begin-applied",
  "begin-answered",
  "probe-start",
  "confirm-sending",
  "confirm-sent",
  "confirm-answered",
  "returned",
] as const;
export type Moment = (typeof MOMENTS)[number];

export interface Command {
  readonly resources: readonly Resource[];
  readonly router: Record<string, unknown>;
  /** false: a preview. */
  readonly apply: boolean;
  readonly at?: Moment | undefined;
  /** At that moment: be killed, be stopped until `go`, or have the clock set by an hour. */
  readonly act?: "die" | "stop" | "forwards" | "backwards" | undefined;
  /** As `pulumi refresh`, before anything else. */
  readonly refresh?: boolean;
  /** `project/stack`; one of its own by default. */
  readonly stack?: string;
}

export interface Recorded extends Resource {
  readonly id: string;
  readonly outs: Record<string, unknown>;
  /** Recorded together with an error: the engine updates it again. */
  readonly failed?: boolean;
}

export interface Answer {
  readonly ops: Readonly<Record<string, string>>;
  readonly failures: Readonly<Record<string, string>>;
  readonly drift: readonly string[];
  readonly exchanges: number;
  readonly warned: readonly string[];
  /** The preview refused it: nothing was tried. */
  readonly refused?: boolean;
}

export class Operator {
  readonly #lab: Lab;
  readonly stateFile: string;
  #child: ChildProcess | undefined;
  #ready: Promise<void> = Promise.resolve();
  #onLine: (line: Record<string, unknown>) => void = () => {};

  constructor(lab: Lab, name = "state") {
    this.#lab = lab;
    this.stateFile = join(lab.router.dir, `${name}.json`);
  }

  /** A process is started before it is needed. */
  start(): Promise<void> {
    if (this.#child) return this.#ready;
    const { router } = this.#lab;
    const argv = [process.execPath, "--disable-warning=ExperimentalWarning", WORKER, this.stateFile];
    const child = this.#lab.inNamespace("operator", argv, {
      stdio: ["pipe", "pipe", "inherit"],
      env: {
        NODE_OPTIONS: undefined,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(router.dir, "compiled-worker"),
      },
    });
    this.#child = child;
    child.stdin!.on("error", () => undefined);
    this.#ready = new Promise((resolve, reject) => {
      child.once("close", () => {
        if (this.#child === child) this.#child = undefined;
        reject(new Error("the operator's process has ended"));
        this.#onLine({ died: true });
      });
      createInterface({ input: child.stdout! }).on("line", (line) => {
        const message = JSON.parse(line) as Record<string, unknown>;
        if (message.ready) resolve();
        else this.#onLine(message);
      });
    });
    this.#ready.catch(() => undefined);
    return this.#ready;
  }

  /** Starts a run; `reached` answers when it stops at its moment, `done` with its answer, or undefined for a death. */
  async run(command: Command): Promise<{ reached: Promise<boolean>; done: Promise<Answer | undefined> }> {
    await this.start();
    let stopped: (yes: boolean) => void;
    let ended: (answer: Answer | undefined) => void;
    const reached = new Promise<boolean>((resolve) => {
      stopped = resolve;
    }).then(async (yes) => {
      if (yes) await this.#standsStill();
      return yes;
    });
    const done = new Promise<Answer | undefined>((resolve) => {
      ended = resolve;
    });
    this.#onLine = (line) => {
      if ("reached" in line) return stopped(true);
      stopped(false);
      ended("died" in line ? undefined : (line as unknown as Answer));
    };
    this.#child!.stdin!.write(`${JSON.stringify(command)}\n`);
    return { reached, done };
  }

  /** A signal to go on that came before the one to stop would be lost. */
  async #standsStill(): Promise<void> {
    for (let i = 0; i < 2000; i++) {
      const stat = readFileSync(`/proc/${this.#child!.pid}/stat`, "utf8");
      if (/\) T/.test(stat)) return;
      await sleep(5);
    }
    throw new Error("the operator does not stop");
  }

  go(): void {
    this.#child?.kill("SIGCONT");
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  recorded(): Map<string, Recorded> {
    if (!existsSync(this.stateFile)) return new Map();
    return new Map(JSON.parse(readFileSync(this.stateFile, "utf8")) as [string, Recorded][]);
  }

  loseState(): void {
    rmSync(this.stateFile, { force: true });
  }
}

const WORKER = join(import.meta.dirname, "worker.ts");
