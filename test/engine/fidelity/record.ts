/** What a run did, in a form in which the real engine and the stand-in can be compared. */
import type { Call, Result, Stack } from "../index.ts";

export interface RunRecord {
  readonly ok: boolean;
  readonly steps: readonly string[];
  readonly summary: Readonly<Record<string, number>>;
  /** By resource: what the provider was asked and answered, in order. */
  readonly provider: Readonly<Record<string, readonly unknown[]>>;
  /** For every pair of dependent resources, which call came first; independent ones may come in any order. */
  readonly order: readonly string[];
  readonly program: readonly string[];
  readonly errors: readonly string[];
  readonly state: readonly unknown[];
  readonly pending: readonly unknown[];
  readonly configures: number;
  /** Method calls as the fixture provider saw them. */
  readonly calls?: readonly string[];
}

export interface PlainCall {
  readonly service: "program" | "provider";
  readonly rpc: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly response?: Readonly<Record<string, unknown>> | undefined;
  readonly error?: string | undefined;
}

const providerFields = ["urn", "id", "olds", "news", "oldinputs", "properties", "inputs", "ignorechanges", "args"];
const programFields = [
  "type",
  "name",
  "parent",
  "custom",
  "object",
  "dependencies",
  "propertydependencies",
  "provider",
  "protect",
  "ignorechanges",
  "additionalsecretoutputs",
  "aliases",
  "deletebeforereplace",
  "retainondelete",
  "id",
  "properties",
  "urn",
  "outputs",
];
const skipped = new Set([
  "Handshake",
  "GetPluginInfo",
  "Cancel",
  "Log",
  "SetRootResource",
  "GetDeploymentInfo",
  "SupportsFeature",
  "SignalAndWaitForShutdown",
]);
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Random ids and folders out, keys in order. */
export function normalise(value: unknown, dir: string): unknown {
  const text = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([left], [right]) => (left < right ? -1 : 1)))
      : item,
  );
  const clean = text.replaceAll(dir, "<dir>").replace(uuid, (id) => (id === unknown ? id : "<uuid>"));
  return JSON.parse(clean);
}

const pick = (fields: readonly string[], from: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(fields.filter((field) => from[field] !== undefined).map((field) => [field, from[field]]));

export function describeCalls(
  calls: readonly PlainCall[],
  dir: string,
): Pick<RunRecord, "provider" | "order" | "program" | "configures"> {
  const provider: Record<string, unknown[]> = {};
  const timeline: string[] = [];
  const program: string[] = [];
  let configures = 0;
  for (const call of calls) {
    /** The end of a failed program: the real server cuts the connection, and logs nothing. */
    if (skipped.has(call.rpc) || call.error?.startsWith("resource monitor shut down")) continue;
    if (call.service === "program") {
      const response = call.response && pick(["urn", "id", "object", "properties"], call.response);
      program.push(
        JSON.stringify(
          normalise({ rpc: call.rpc, ...pick(programFields, call.request), response, error: call.error }, dir),
        ),
      );
      continue;
    }
    const urn = String(call.request.urn);
    const response =
      call.response &&
      pick(["inputs", "failures", "changes", "replaces", "deletebeforereplace", "id", "properties"], call.response);
    const entry = normalise({ rpc: call.rpc, ...pick(providerFields, call.request), response, error: call.error }, dir);
    provider[urn] = [...(provider[urn] ?? []), entry];
    if (["Check", "Create", "Update", "Delete"].includes(call.rpc)) timeline.push(`${call.rpc} ${urn}`);
    if (call.rpc === "Configure") configures += 1;
  }
  return { provider, order: orderOf(calls, timeline), program: program.sort(), configures };
}

/** Dependencies as the program declares them: what is needed comes first. */
function orderOf(calls: readonly PlainCall[], timeline: readonly string[]): string[] {
  const pairs: string[] = [];
  for (const { rpc, request, response } of calls) {
    if (rpc !== "RegisterResource" || !response) continue;
    for (const dependency of (request.dependencies ?? []) as string[]) {
      const first = timeline.findLastIndex((entry) => !entry.startsWith("Check") && entry.endsWith(` ${dependency}`));
      const second = timeline.findLastIndex((entry) => entry.endsWith(` ${response.urn}`));
      if (first >= 0 && second >= 0)
        pairs.push(`${timeline[first]} ${first < second ? "before" : "after"} ${timeline[second]}`);
    }
  }
  return pairs.sort();
}

/** Independent resources are recorded in the order in which they were done. */
export const sortedState = (state: readonly unknown[]) =>
  state.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));

/** The same fields of a resource in a state file, whoever wrote it. */
export function describeResource(resource: Readonly<Record<string, unknown>>, dir: string): unknown {
  const kept = pick(
    [
      "urn",
      "id",
      "type",
      "custom",
      "inputs",
      "outputs",
      "parent",
      "provider",
      "dependencies",
      "propertyDependencies",
      "protect",
      "retainOnDelete",
      "delete",
      "external",
      "initErrors",
      "pendingReplacement",
      "additionalSecretOutputs",
      "deletedWith",
    ],
    resource,
  );
  const filled = Object.entries(kept).filter(([, value]) => !isBlank(value));
  return normalise(
    Object.fromEntries(filled.map(([key, value]) => [key, key === "dependencies" ? sorted(value) : value])),
    dir,
  );
}

/** A set to the engine, which writes it in any order. */
const sorted = (value: unknown) => (value as string[]).toSorted();

const isBlank = (value: unknown) =>
  value === "" ||
  value === false ||
  value === null ||
  (typeof value === "object" && value !== null && Object.keys(value).length === 0);

export function recordStandIn(result: Result, stack: Stack, dir: string): RunRecord {
  const calls = [...result.calls]
    .filter((call: Call) => call.endOrder >= 0)
    .sort((left, right) => left.endOrder - right.endOrder)
    .map(
      (call): PlainCall => ({
        service: call.process === "program" ? "program" : "provider",
        rpc: call.rpc,
        request: call.request,
        response: call.response,
        error: call.error?.message,
      }),
    );
  const state = sortedState(
    stack.resources().map((resource) => describeResource(resource as unknown as Record<string, unknown>, dir)),
  );
  return {
    ok: result.ok,
    steps: result.steps
      .filter(({ op }) => op !== "refresh")
      .map((step) => `${step.op} ${step.name}`)
      .sort(),
    summary: result.summary,
    ...describeCalls(calls, dir),
    errors: result.diagnostics
      .filter(({ severity }) => severity === "error")
      .map(({ message }) => message.trim())
      .sort(),
    state,
    pending: stack.pendingOperations().map(({ type, resource }) => `${type} ${resource.urn}`),
  };
}
