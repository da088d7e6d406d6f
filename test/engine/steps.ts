/** The vocabulary of an operation: steps, and what is said about them. */
import type { ResourceState } from "./state.ts";
import { isDefaultProvider } from "./urn.ts";
import { equal } from "./values.ts";

export type StepOp =
  | "same"
  | "create"
  | "update"
  | "delete"
  | "replace"
  | "create-replacement"
  | "delete-replaced"
  | "read"
  | "read-replacement"
  | "discard"
  | "remove-pending-replace"
  | "refresh";

export type Reply = (state: ResourceState) => void;

export type Step =
  | { readonly op: "same"; readonly old: ResourceState; readonly new: ResourceState; readonly reply?: Reply }
  | { readonly op: "create"; readonly old?: undefined; readonly new: ResourceState; readonly reply: Reply }
  | {
      readonly op: "create-replacement";
      readonly old: ResourceState;
      readonly new: ResourceState;
      readonly reply: Reply;
      /** The old one is deleted afterwards; otherwise it is gone already. */
      readonly pendingDelete: boolean;
    }
  | {
      readonly op: "replace";
      readonly old: ResourceState;
      readonly new: ResourceState;
      readonly keys: readonly string[];
    }
  | {
      readonly op: "update";
      readonly old: ResourceState;
      readonly new: ResourceState;
      readonly reply: Reply;
      readonly ignoreChanges: readonly string[];
    }
  /** `discard`: an external resource, which only the state forgets. */
  | { readonly op: "delete" | "discard"; readonly old: ResourceState; readonly new?: undefined }
  | {
      readonly op: "delete-replaced";
      readonly old: ResourceState;
      readonly new?: undefined;
      readonly pendingReplacement: boolean;
    }
  | { readonly op: "remove-pending-replace"; readonly old: ResourceState; readonly new?: undefined }
  | { readonly op: "read"; readonly old: ResourceState | undefined; readonly new: ResourceState; readonly reply: Reply }
  | {
      readonly op: "read-replacement";
      readonly old: ResourceState;
      readonly new: ResourceState;
      readonly reply: Reply;
    };

export const subject = (step: Step): ResourceState => step.new ?? step.old!;
export const isInternal = (state: ResourceState) => isDefaultProvider(state.urn);

/** Only these count: the halves of a replacement belong to its `replace`. */
const counted: ReadonlySet<StepOp> = new Set(["same", "create", "update", "delete", "replace", "discard"]);

/** A read counts only when it found something new. */
export function isCounted({
  op,
  old,
  new: next,
}: {
  op: StepOp;
  old: ResourceState | undefined;
  new: ResourceState | undefined;
}): boolean {
  if (op === "read") return old !== undefined && next !== undefined && !equal(old.outputs, next.outputs);
  return counted.has(op);
}

export type Severity = "debug" | "info" | "warning" | "error";

export interface Diagnostic {
  readonly severity: Severity;
  /** Empty: shown under the stack. */
  readonly urn: string;
  readonly message: string;
  readonly ephemeral: boolean;
}

export type Event =
  | { readonly kind: "phase"; readonly title: string; readonly dryRun: boolean }
  | {
      readonly kind: "start";
      readonly op: StepOp;
      readonly old: ResourceState | undefined;
      readonly new: ResourceState | undefined;
    }
  | {
      readonly kind: "done";
      /** For a refresh, what it amounts to. */
      readonly op: StepOp;
      readonly of: StepOp;
      readonly old: ResourceState | undefined;
      readonly new: ResourceState | undefined;
    }
  | { readonly kind: "failed"; readonly op: StepOp; readonly state: ResourceState }
  | { readonly kind: "diagnostic"; readonly diagnostic: Diagnostic }
  | {
      readonly kind: "outputs";
      readonly op: StepOp;
      readonly old: ResourceState | undefined;
      readonly state: ResourceState;
    };
