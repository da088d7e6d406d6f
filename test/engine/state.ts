/** What the engine remembers: resources, operations in flight, and the file they live in. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Properties } from "./values.ts";
import type { Vault } from "./vault.ts";

export interface ResourceState {
  urn: string;
  type: string;
  custom: boolean;
  id: string;
  inputs: Properties;
  outputs: Properties;
  parent: string;
  provider: string;
  dependencies: readonly string[];
  propertyDependencies: Readonly<Record<string, readonly string[]>>;
  protect: boolean;
  retainOnDelete: boolean;
  deletedWith: string;
  external: boolean;
  /** A replaced resource whose deletion is still due. */
  delete: boolean;
  /** Deleted ahead of its replacement, which does not exist yet. */
  pendingReplacement: boolean;
  initErrors: readonly string[];
  additionalSecretOutputs: readonly string[];
  ignoreChanges: readonly string[];
  replaceOnChanges: readonly string[];
}

export type OperationKind = "creating" | "updating" | "deleting" | "reading";
export interface PendingOperation {
  readonly resource: ResourceState;
  readonly type: OperationKind;
}

export interface Checkpoint {
  readonly resources: readonly ResourceState[];
  readonly pending: readonly PendingOperation[];
}

export function emptyState(urn: string, type: string, custom: boolean): ResourceState {
  return {
    urn,
    type,
    custom,
    id: "",
    inputs: {},
    outputs: {},
    parent: "",
    provider: "",
    dependencies: [],
    propertyDependencies: {},
    protect: false,
    retainOnDelete: false,
    deletedWith: "",
    external: false,
    delete: false,
    pendingReplacement: false,
    initErrors: [],
    additionalSecretOutputs: [],
    ignoreChanges: [],
    replaceOnChanges: [],
  };
}

interface StoredFile {
  version: 3;
  deployment: {
    secrets_providers: { type: "stand-in"; state: { salt: string } };
    resources: Partial<ResourceState>[];
    pending_operations?: { resource: Partial<ResourceState>; type: OperationKind }[];
  };
}

export function loadState(file: string, vault: Vault): Checkpoint {
  if (!existsSync(file)) return { resources: [], pending: [] };
  const stored: StoredFile = JSON.parse(readFileSync(file, "utf8"));
  vault.unlock(stored.deployment.secrets_providers.state.salt);
  const revive = (partial: Partial<ResourceState>): ResourceState => ({
    ...emptyState(partial.urn!, partial.type!, partial.custom ?? false),
    ...partial,
    inputs: vault.openAll(partial.inputs ?? {}),
    outputs: vault.openAll(partial.outputs ?? {}),
  });
  return {
    resources: stored.deployment.resources.map(revive),
    pending: (stored.deployment.pending_operations ?? []).map(({ resource, type }) => ({
      resource: revive(resource),
      type,
    })),
  };
}

/** One rename, so that a kill at any moment leaves a whole file. */
export function saveState(file: string, vault: Vault, checkpoint: Checkpoint): void {
  const strip = (state: ResourceState): Partial<ResourceState> => {
    const sealed = { ...state, inputs: vault.sealAll(state.inputs), outputs: vault.sealAll(state.outputs) };
    return Object.fromEntries(
      Object.entries(sealed).filter(([key, value]) => key === "urn" || key === "custom" || !isBlank(value)),
    );
  };
  const stored: StoredFile = {
    version: 3,
    deployment: {
      secrets_providers: { type: "stand-in", state: { salt: vault.salt() } },
      resources: checkpoint.resources.map(strip),
      ...(checkpoint.pending.length && {
        pending_operations: checkpoint.pending.map(({ resource, type }) => ({ resource: strip(resource), type })),
      }),
    },
  };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(stored, null, 1));
  renameSync(`${file}.new`, file);
}

function isBlank(value: unknown): boolean {
  if (value === "" || value === false) return true;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
