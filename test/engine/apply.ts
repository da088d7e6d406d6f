/** Carrying out one step: the provider call, the state file before and after, what the program is told. */
import { type Deployment, report } from "./deployment.ts";
import { type Partial, ProviderError } from "./edge.ts";
import type { OperationKind, ResourceState } from "./state.ts";
import { isInternal, type Step, subject } from "./steps.ts";
import { isProviderType } from "./urn.ts";
import { annotateSecrets, isSecret, makeSecret, type Properties, unknownValue } from "./values.ts";

const operationKinds: Some<Record<Step["op"], OperationKind>> = {
  create: "creating",
  "create-replacement": "creating",
  update: "updating",
  delete: "deleting",
  discard: "deleting",
  "delete-replaced": "deleting",
  read: "reading",
  "read-replacement": "reading",
};
type Some<T> = { readonly [K in keyof T]?: T[K] };

/** Deletes that the engine declines by itself and that do not stop the others. */
class Protected extends Error {}

/** Never throws: a failure is reported, recorded, and stops the run. */
export async function applyStep(deployment: Deployment, step: Step): Promise<void> {
  const { emit, snapshot, dryRun } = deployment;
  const state = subject(step);
  emit({ kind: "start", op: step.op, old: step.old, new: step.new });
  const kind = operationKinds[step.op];
  const settle = !dryRun && kind ? snapshot.begin(state, kind) : () => undefined;
  const failure = await perform(deployment, step).then(
    () => undefined,
    (error: Error) => error,
  );
  const isRecorded = failure === undefined || isHalfDone(step, failure);
  if (step.new && step.op !== "replace") markSecrets(step.new);
  settle();
  if (!dryRun) {
    if (isRecorded) snapshot.record(changeBy(step));
    else snapshot.write();
  }
  if (failure) fail(deployment, step, failure);
  else succeed(deployment, step);
}

function succeed({ awaitingOutputs, emit }: Deployment, step: Step): void {
  if (isLogical(step) && step.new) awaitingOutputs.set(subject(step).urn, step);
  emit({ kind: "done", op: step.op, of: step.op, old: step.old, new: step.new });
  if ("reply" in step) step.reply?.(step.new);
}

function fail(deployment: Deployment, step: Step, failure: Error): void {
  const state = subject(step);
  report(deployment, "error", isInternal(state) ? "" : state.urn, messageOf(failure));
  deployment.emit({ kind: "failed", op: step.op, state });
  deployment.executor.fail();
  if (!(failure instanceof Protected)) deployment.executor.cancel();
}

const isHalfDone = (step: Step, failure: Error) =>
  failure instanceof ProviderError && failure.partial !== undefined && takePartial(step, failure.partial);

const isLogical = (step: Step) =>
  step.op !== "create-replacement" && step.op !== "delete-replaced" && step.op !== "read-replacement";

function messageOf(error: Error): string {
  if (!(error instanceof ProviderError) || !error.partial) return error.message;
  return initErrorText(error.partial.reasons);
}

/** go-multierror's layout. */
export function initErrorText(reasons: readonly string[]): string {
  if (reasons.length === 0) return "resource init failed";
  const count = reasons.length === 1 ? "1 error occurred" : `${reasons.length} errors occurred`;
  return `${count}:\n\t* ${reasons.join("\n\t* ")}\n\n`;
}

async function perform(deployment: Deployment, step: Step): Promise<void> {
  const { registry, dryRun } = deployment;
  switch (step.op) {
    case "same":
      step.new.id = step.old.id;
      step.new.outputs = step.old.outputs;
      if (isProviderType(step.new.type)) await registry.same(step.new, step.new.urn, step.old.inputs, true);
      return;
    case "create":
    case "create-replacement": {
      if (step.new.custom) {
        const { urn, inputs, type, provider } = step.new;
        const made = isProviderType(type)
          ? await registry.create(urn, inputs, dryRun)
          : await registry.get(provider)!.create(urn, inputs, dryRun);
        step.new.id = made.id;
        step.new.outputs = made.outputs;
      }
      if (step.op === "create-replacement" && step.pendingDelete) step.old.delete = true;
      return;
    }
    case "update": {
      step.new.id = step.old.id;
      if (!step.new.custom) return;
      const { urn, inputs, type, provider } = step.new;
      step.new.outputs = isProviderType(type)
        ? await registry.update(step.old, urn, inputs)
        : await registry.get(provider)!.update(step.old, urn, inputs, dryRun, step.ignoreChanges);
      return;
    }
    case "delete":
    case "discard":
    case "delete-replaced":
      return performDelete(deployment, step);
    case "read":
    case "read-replacement":
      return performRead(deployment, step);
    case "replace":
    case "remove-pending-replace":
      return;
  }
}

async function performDelete(
  deployment: Deployment,
  step: Step & { op: "delete" | "discard" | "delete-replaced" },
): Promise<void> {
  const { old } = step;
  if (step.op === "delete" && old.protect) {
    throw new Protected(
      `resource "${old.urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, ` +
        "either remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`, or use the command:\n" +
        `\`pulumi state unprotect '${old.urn}'\``,
    );
  }
  const isGoneAlong = old.deletedWith !== "" && deployment.deleted.has(old.deletedWith);
  if (!deployment.dryRun && old.custom && !old.external && !old.retainOnDelete && !isGoneAlong) {
    if (isProviderType(old.type)) await deployment.registry.delete(old);
    else await deployment.registry.get(old.provider)!.delete(old);
  }
  if (step.op === "delete-replaced" && step.pendingReplacement) old.pendingReplacement = true;
}

async function performRead(deployment: Deployment, step: Step & { op: "read" | "read-replacement" }): Promise<void> {
  const { urn, id, inputs, provider } = step.new;
  if (id !== unknownValue) {
    const found = await deployment.registry.get(provider)!.read(urn, id, inputs, inputs);
    if (!found.outputs) throw new Error(`resource '${id}' does not exist`);
    step.new.outputs = found.outputs;
    if (found.id) step.new.id = found.id;
  }
  if (step.op === "read-replacement") step.old.delete = true;
}

/** A half-done create or update is in the world, so it goes into the state, with its errors. */
function takePartial(step: Step, partial: Partial): boolean {
  if (!step.new) return false;
  step.new.initErrors = partial.reasons;
  step.new.outputs = annotateSecrets(partial.properties, step.new.inputs);
  if (step.op === "create" || step.op === "create-replacement") step.new.id = partial.id;
  if (step.op === "create-replacement" && step.pendingDelete) step.old.delete = true;
  if (step.op === "update") step.new.inputs = { ...step.old.inputs };
  return true;
}

function markSecrets(state: ResourceState): void {
  const outputs: Properties = { ...state.outputs };
  for (const [key, value] of Object.entries(outputs)) {
    if (isSecret(state.inputs[key]) || state.additionalSecretOutputs.includes(key)) outputs[key] = makeSecret(value);
  }
  state.outputs = outputs;
}

/** What the step does to the list of resources in the state. */
function changeBy(step: Step): { done?: ResourceState | undefined; created?: ResourceState | undefined } {
  switch (step.op) {
    case "same":
    case "update":
    case "read":
      return { done: step.old, created: step.new };
    case "create":
    case "read-replacement":
      return { created: step.new };
    case "create-replacement":
      return { done: step.old.pendingReplacement ? step.old : undefined, created: step.new };
    case "delete":
    case "discard":
    case "remove-pending-replace":
      return { done: step.old };
    case "delete-replaced":
      return { done: step.old.pendingReplacement ? undefined : step.old };
    case "replace":
      return {};
  }
}
