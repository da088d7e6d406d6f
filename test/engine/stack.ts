/** The library face: a stack with the commands of the CLI. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createDisplay, type Summary } from "./display.ts";
import { type PhaseOptions, runPhase } from "./phase.ts";
import { directSpawn, type Spawn } from "./processes.ts";
import { loadConfig, loadProject } from "./project.ts";
import { type Checkpoint, loadState, type PendingOperation, type ResourceState, saveState } from "./state.ts";
import { type Diagnostic, type Event, isCounted, isInternal, type StepOp } from "./steps.ts";
import { type Call, createTrace } from "./trace.ts";
import { isStack, urnName } from "./urn.ts";
import { isSecret, type Properties, unwrap } from "./values.ts";
import { createVault } from "./vault.ts";

export interface StackOptions {
  readonly projectDir: string;
  readonly stack: string;
  /** Default: `.stand-in/<project>-<stack>.json` in the project folder. */
  readonly stateFile?: string;
  /** Overrides Pulumi.<stack>.yaml; objects become JSON texts. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Config keys to treat as secret. */
  readonly secrets?: readonly string[];
  /** Added to the environment of both processes. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly parallel?: number;
  readonly passphrase?: string;
  /** Receives every piece of text as it is made. */
  readonly print?: (text: string) => void;
  readonly spawn?: Spawn;
}

export interface CommandOptions {
  readonly diff?: boolean;
  readonly refresh?: boolean;
}
export interface UpOptions extends CommandOptions {
  readonly skipPreview?: boolean;
}
export interface RefreshOptions extends UpOptions {
  readonly clearPendingCreates?: boolean;
}

export interface StepResult {
  readonly op: StepOp;
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly failed: boolean;
  /** The step as `--diff` shows it. */
  readonly diffText: string;
  readonly old: ResourceState | undefined;
  readonly new: ResourceState | undefined;
}

export interface Result {
  readonly ok: boolean;
  /** Of the last phase: the update, when there was one. */
  readonly steps: readonly StepResult[];
  readonly summary: Summary;
  readonly diagnostics: readonly Diagnostic[];
  readonly text: string;
  /** Provider processes started in the whole command. */
  readonly processes: { readonly provider: number };
  readonly calls: readonly Call[];
  /** What `preview` alone found, in commands that preview first. */
  readonly preview: Omit<Result, "preview" | "processes" | "calls" | "text"> | undefined;
  /** Stack outputs after the command, secrets unwrapped. */
  readonly outputs: Properties;
  readonly seconds: number;
}

export interface Stack {
  preview(options?: CommandOptions): Promise<Result>;
  up(options?: UpOptions): Promise<Result>;
  refresh(options?: RefreshOptions): Promise<Result>;
  destroy(options?: UpOptions): Promise<Result>;
  /** Stack outputs, secrets unwrapped or as `[secret]`. */
  outputs(options?: { showSecrets?: boolean }): Properties;
  resources(): readonly ResourceState[];
  pendingOperations(): readonly PendingOperation[];
}

type Command = "preview" | "update" | "refresh" | "destroy";
const titles: Record<Command, readonly [preview: string, real: string]> = {
  preview: ["Previewing update", ""],
  update: ["Previewing update", "Updating"],
  refresh: ["Previewing refresh", "Refreshing"],
  destroy: ["Previewing destroy", "Destroying"],
};

/** Where a phase tells what it does. */
interface Telling {
  readonly display: ReturnType<typeof createDisplay>;
  readonly print: (text: string) => void;
  readonly trace: ReturnType<typeof createTrace>;
}

interface PhaseEnd extends Pick<Result, "ok" | "steps" | "summary" | "diagnostics" | "seconds" | "outputs"> {
  /** Provider processes started in it. */
  readonly processes: number;
}

export function createStack(options: StackOptions): Stack {
  const project = loadProject(options.projectDir);
  const env = { ...process.env, ...options.env };
  const stateFile = options.stateFile ?? join(options.projectDir, ".stand-in", `${project.name}-${options.stack}.json`);
  const vault = createVault(options.passphrase ?? env.PULUMI_CONFIG_PASSPHRASE ?? "");
  const load = (): Checkpoint => loadState(stateFile, vault);
  const stackState = () => load().resources.find((state) => isStack(state.urn) && !state.delete);

  async function run(command: Command, asked: RefreshOptions, phases: readonly boolean[]): Promise<Result> {
    const trace = createTrace();
    const display = createDisplay(asked.diff ?? false);
    const texts: string[] = [];
    const print = (text: string) => {
      if (!text) return;
      texts.push(text);
      options.print?.(text);
    };
    const started = performance.now();
    const results: PhaseEnd[] = [];
    for (const dryRun of phases) {
      results.push(await runOne(command, asked, dryRun, { display, print, trace }));
      if (!results.at(-1)!.ok) break;
    }
    const ends = results.map(({ processes: _, ...end }) => end);
    const provider = results.reduce((sum, { processes }) => sum + processes, 0);
    const seconds = (performance.now() - started) / 1000;
    const preview = phases.length > 1 ? ends[0] : undefined;
    return { ...ends.at(-1)!, text: texts.join(""), processes: { provider }, calls: trace.calls, preview, seconds };
  }

  async function runOne(command: Command, asked: RefreshOptions, dryRun: boolean, to: Telling): Promise<PhaseEnd> {
    const collected = collect(asked.diff ?? false);
    const emit = (event: Event) => {
      collected.take(event);
      to.print(to.display.render(event));
    };
    const started = performance.now();
    emit({ kind: "phase", title: `${titles[command][dryRun ? 0 : 1]} (${options.stack})`, dryRun });
    const phase: PhaseOptions = {
      kind: command === "preview" ? "update" : command,
      dryRun,
      refresh: asked.refresh ?? false,
      clearPendingCreates: asked.clearPendingCreates ?? false,
      project,
      config: loadConfig(options.projectDir, options.stack, options.config ?? {}, options.secrets ?? []),
      stack: options.stack,
      parallel: options.parallel ?? availableParallelism() * 4,
      env,
      spawn: options.spawn ?? directSpawn,
      start: load(),
      save: (checkpoint) => saveState(stateFile, vault, checkpoint),
      emit,
      trace: to.trace,
    };
    const { ok, providerProcesses: processes } = await runPhase(phase);
    const seconds = (performance.now() - started) / 1000;
    to.print(to.display.finish(seconds));
    const outputs = unwrap(stackState()?.outputs ?? {}) as Properties;
    return { ok, ...collected.result(), seconds, outputs, processes };
  }

  const both = (asked: UpOptions) => (asked.skipPreview ? [false] : [true, false]);
  return {
    preview: (asked = {}) => run("preview", asked, [true]),
    up: (asked = {}) => run("update", asked, both(asked)),
    refresh: (asked = {}) => run("refresh", asked, both(asked)),
    destroy: (asked = {}) => run("destroy", asked, both(asked)),
    outputs({ showSecrets = false } = {}) {
      const entries = Object.entries(stackState()?.outputs ?? {});
      return Object.fromEntries(
        entries.map(([key, value]) => [key, isSecret(value) && !showSecrets ? "[secret]" : unwrap(value)]),
      );
    },
    resources: () => load().resources,
    pendingOperations: () => load().pending,
  };
}

/** Keeps what a test wants to ask about, per phase. */
function collect(isDiff: boolean) {
  const steps: StepResult[] = [];
  const diagnostics: Diagnostic[] = [];
  const summary: Summary = {};
  const texts = createDisplay(true);
  texts.render({ kind: "phase", title: "", dryRun: true });
  const note = (op: StepOp, old: ResourceState | undefined, next: ResourceState | undefined, diffText: string) =>
    void steps.push({ ...about((next ?? old)!), op, failed: false, diffText, old, new: next });
  const done = (event: Event & { kind: "done" }, diffText: string) => {
    const { op, of, old, new: next } = event;
    if (isInternal((next ?? old)!)) return;
    if (of === "refresh" && op !== "refresh") note(op, old, next, diffText);
    if (isCounted(event)) summary[op] = (summary[op] ?? 0) + 1;
  };
  const failed = ({ op, state }: Event & { kind: "failed" }) => {
    const index = steps.findLastIndex(({ urn }) => urn === state.urn);
    if (index >= 0) steps[index] = { ...steps[index]!, failed: true };
    else steps.push({ ...about(state), op, failed: true, diffText: "", old: state, new: undefined });
  };
  return {
    take(event: Event): void {
      const diffText = texts.render(event);
      switch (event.kind) {
        case "start":
          if (event.op !== "refresh" && !isInternal((event.new ?? event.old)!))
            note(event.op, event.old, event.new, diffText);
          return;
        case "done":
          done(event, diffText);
          return;
        case "failed":
          failed(event);
          return;
        case "diagnostic":
          diagnostics.push(event.diagnostic);
          return;
        case "phase":
        case "outputs":
          return;
      }
    },
    result: () => ({ steps, diagnostics: diagnostics.filter(({ severity }) => severity !== "debug"), summary, isDiff }),
  };
}

const about = ({ urn, type }: ResourceState) => ({ urn, type, name: urnName(urn) });
