/** What the parts of one phase (a preview, an update, a refresh, a destroy) share. */
import type { Executor } from "./executor.ts";
import type { Registry } from "./registry.ts";
import type { Snapshot } from "./snapshot.ts";
import type { ResourceState } from "./state.ts";
import type { Event, Severity, Step } from "./steps.ts";

export interface Deployment {
  readonly stack: string;
  readonly project: string;
  readonly dryRun: boolean;
  /** A standalone refresh: refresh steps count as what they amount to. */
  readonly isRefresh: boolean;
  readonly registry: Registry;
  readonly snapshot: Snapshot;
  readonly executor: Executor;
  readonly emit: (event: Event) => void;
  /** State by name, without what only waits for its deletion. */
  readonly olds: Map<string, ResourceState>;
  /** Names the program has used in this run. */
  readonly seen: Set<string>;
  /** Names for which a step was made: they are not deleted at the end. */
  readonly operated: Set<string>;
  readonly replaced: Set<string>;
  /** Deleted ahead of a replacement, by name and by state. */
  readonly deleted: Set<string>;
  readonly pendingDeletes: Set<ResourceState>;
  /** New name to old name, and back. */
  readonly aliases: Map<string, string>;
  readonly aliased: Map<string, string>;
  /** New states of provider resources. */
  readonly providers: Map<string, ResourceState>;
  /** Registered, waiting for RegisterResourceOutputs. */
  readonly awaitingOutputs: Map<string, Step>;
}

export function indexOlds(resources: readonly ResourceState[]): Map<string, ResourceState> {
  return new Map(resources.filter((state) => !state.delete).map((state) => [state.urn, state]));
}

export function report(deployment: Pick<Deployment, "emit">, severity: Severity, urn: string, message: string): void {
  deployment.emit({ kind: "diagnostic", diagnostic: { severity, urn, message, ephemeral: false } });
}

/** Already reported; only stops the run. */
export class Bail extends Error {}

export function bail(deployment: Deployment, urn: string, message: string): Bail {
  report(deployment, "error", urn, message);
  return new Bail(message);
}
