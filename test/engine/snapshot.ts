/** The state file during a run: written before an operation starts and after it ends. */
import type { Checkpoint, OperationKind, PendingOperation, ResourceState } from "./state.ts";
import { parseReference, reference } from "./urn.ts";

export interface Snapshot {
  /** What the run started from, in order; a refresh replaces it. */
  base(): readonly ResourceState[];
  rebase(resources: readonly ResourceState[]): void;
  begin(resource: ResourceState, type: OperationKind): () => void;
  /** `old` is out of the base from here on, `created` is in. */
  record(change: { done?: ResourceState | undefined; created?: ResourceState | undefined }): void;
  rename(from: string, to: string): void;
  clearPending(): void;
  write(): void;
}

export function createSnapshot(start: Checkpoint, save: ((checkpoint: Checkpoint) => void) | undefined): Snapshot {
  let base = [...start.resources];
  let inherited: readonly PendingOperation[] = start.pending;
  const done = new Set<ResourceState>();
  const created: ResourceState[] = [];
  const pending = new Set<PendingOperation>();
  const renamed = new Map<string, string>();

  const follow = (urn: string) => renamed.get(urn) ?? urn;
  /** Resources not seen yet may still point at a name that an alias has replaced. */
  function normalise(state: ResourceState): ResourceState {
    if (renamed.size === 0) return state;
    const provider = state.provider && parseReference(state.provider);
    return {
      ...state,
      parent: follow(state.parent),
      deletedWith: follow(state.deletedWith),
      dependencies: state.dependencies.map(follow),
      propertyDependencies: Object.fromEntries(
        Object.entries(state.propertyDependencies).map(([key, urns]) => [key, urns.map(follow)]),
      ),
      provider: provider ? reference(follow(provider.urn), provider.id) : "",
    };
  }

  function write(): void {
    const live = [...created, ...base].filter((state) => !done.has(state));
    save?.({ resources: live.map(normalise), pending: [...inherited, ...pending] });
  }

  return {
    base: () => base,
    rebase(resources) {
      base = [...resources];
      write();
    },
    begin(resource, type) {
      const operation = { resource, type };
      pending.add(operation);
      write();
      return () => void pending.delete(operation);
    },
    record(change) {
      if (change.done) done.add(change.done);
      if (change.created) created.push(change.created);
      write();
    },
    rename: (from, to) => void renamed.set(from, to),
    clearPending() {
      inherited = [];
    },
    write,
  };
}
