/** One phase of a command, from the first process to the last: preview, update, refresh or destroy. */
import { deleteRest } from "./deletes.ts";
import { type Deployment, indexOlds, report } from "./deployment.ts";
import { serve } from "./edge.ts";
import { createExecutor } from "./executor.ts";
import { createMonitor, type Monitor, setOutputs } from "./monitor.ts";
import { type Launch, type Program, type Spawn, startProgram } from "./processes.ts";
import type { ProjectInfo, StackConfig } from "./project.ts";
import { refreshAll } from "./refresh.ts";
import { createRegistry } from "./registry.ts";
import { createSnapshot } from "./snapshot.ts";
import type { Checkpoint } from "./state.ts";
import type { Event } from "./steps.ts";
import type { Trace } from "./trace.ts";

export interface PhaseOptions {
  readonly kind: "update" | "refresh" | "destroy";
  readonly dryRun: boolean;
  /** Refresh first, then the operation. */
  readonly refresh: boolean;
  readonly clearPendingCreates: boolean;
  readonly project: ProjectInfo;
  readonly config: StackConfig;
  readonly stack: string;
  readonly parallel: number;
  readonly env: NodeJS.ProcessEnv;
  readonly spawn: Spawn;
  readonly start: Checkpoint;
  readonly save: (checkpoint: Checkpoint) => void;
  readonly emit: (event: Event) => void;
  readonly trace: Trace;
}

export interface PhaseResult {
  readonly ok: boolean;
  readonly providerProcesses: number;
}

/** How long a program may take to end once its monitor is gone. */
const programPatience = 5_000;

export async function runPhase(options: PhaseOptions): Promise<PhaseResult> {
  const { emit, trace, dryRun, kind } = options;
  const handlers: Monitor["handlers"] = {};
  const server = await serve(handlers);
  const onLine = (_source: string, line: string) => line && report({ emit }, "info", "", line);
  const launch: Launch = { ...options, address: "", onLine };
  Object.assign(launch, { address: server.address });
  const registry = createRegistry(launch, trace);
  /** Only unfinished creates outlive the next operation: nobody can know whether they happened. */
  const pending = options.start.pending.filter(({ type }) => type === "creating" && !options.clearPendingCreates);
  const deployment: Deployment = {
    stack: options.stack,
    project: options.project.name,
    dryRun,
    isRefresh: kind === "refresh",
    registry,
    snapshot: createSnapshot({ ...options.start, pending }, dryRun ? undefined : options.save),
    executor: createExecutor(options.parallel),
    emit,
    olds: indexOlds(options.start.resources),
    seen: new Set(),
    operated: new Set(),
    replaced: new Set(),
    deleted: new Set(),
    pendingDeletes: new Set(),
    aliases: new Map(),
    aliased: new Map(),
    providers: new Map(),
    awaitingOutputs: new Map(),
  };
  const monitor = createMonitor(deployment, options);
  Object.assign(handlers, monitor.handlers);
  try {
    const ok = await operate(options, deployment, monitor, launch);
    return { ok, providerProcesses: registry.processes() };
  } finally {
    monitor.shutdown();
    await registry.closeAll();
    server.stop();
  }
}

async function operate(
  options: PhaseOptions,
  deployment: Deployment,
  monitor: Monitor,
  launch: Launch,
): Promise<boolean> {
  const { kind, dryRun, start } = options;
  if (kind === "refresh" || options.refresh) {
    if (!(await refreshAll(deployment))) return false;
    if (kind === "refresh") return true;
  } else if (start.pending.length && !dryRun) {
    report(deployment, "warning", "", pendingWarning(start));
  }
  if (kind === "destroy") {
    await deleteRest(deployment);
    return !hasFailed(deployment);
  }
  return runProgram(deployment, monitor, launch);
}

function hasFailed(deployment: Deployment): boolean {
  const failed = deployment.executor.failed();
  if (failed) report(deployment, "error", "", `${deployment.dryRun ? "preview" : "update"} failed`);
  return failed;
}

async function runProgram(deployment: Deployment, monitor: Monitor, launch: Launch): Promise<boolean> {
  const program = startProgram(launch);
  const { executor } = deployment;
  const isBroken = await hasBroken(program, monitor, deployment);
  await monitor.drain();
  if (!executor.cancelled()) await deleteRest(deployment);
  const isBailed = isBroken || monitor.failed();
  recordOutputs(monitor, deployment, isBailed || executor.failed());
  monitor.shutdown();
  const timer = setTimeout(() => program.kill(), programPatience);
  const code = await program.exited;
  clearTimeout(timer);
  return !isBailed && !hasFailed(deployment) && code === 0;
}

/** Has the program ended with an error before all was registered? Then nothing more is done. */
async function hasBroken(program: Program, monitor: Monitor, deployment: Deployment): Promise<boolean> {
  const { executor } = deployment;
  const code = await Promise.race([
    program.exited,
    monitor.signalled.then(() => 0),
    executor.whenCancelled.then(() => 0),
  ]);
  if (code === 0) return false;
  /** 32: the program has said why, through Log. */
  if (code !== 32)
    report(deployment, "error", "", `an unhandled error occurred: Program exited with non-zero exit code: ${code}`);
  executor.cancel();
  return true;
}

/** Of a run that has failed, the stack keeps what the program did not come to. */
function recordOutputs(monitor: Monitor, deployment: Deployment, hasFailed: boolean): void {
  const outputs = monitor.stackOutputs();
  if (!outputs) return;
  const old = deployment.olds.get(outputs.urn)?.outputs;
  setOutputs(deployment, outputs.urn, hasFailed ? { ...old, ...outputs.outputs } : outputs.outputs);
}

function pendingWarning({ pending }: Checkpoint): string {
  const list = pending.map(({ resource, type }) => `  * ${resource.urn}, interrupted while ${type}\n`).join("");
  return (
    `Attempting to deploy or update resources with ${pending.length} pending operations from previous deployment.\n${list}` +
    "These resources are in an unknown state because the engine was interrupted while waiting for changes to these resources to complete."
  );
}
