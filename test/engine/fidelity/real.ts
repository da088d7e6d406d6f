/** The real CLI, when there is one: the same commands, its gRPC log, its event log and its state. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { describeCalls, describeResource, type PlainCall, type RunRecord, sortedState } from "./record.ts";

export const findPulumi = (): string | undefined =>
  (process.env.PATH ?? "")
    .split(delimiter)
    .map((dir) => join(dir, "pulumi"))
    .find(existsSync);

interface LogLine {
  readonly method: string;
  readonly request?: Readonly<Record<string, unknown>>;
  readonly response?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly string[];
}

interface EngineEvent {
  readonly preludeEvent?: unknown;
  readonly resOutputsEvent?: { metadata: { op: string; urn: string } };
  readonly resourcePreEvent?: { metadata: { op: string; urn: string } };
  readonly summaryEvent?: { resourceChanges: Record<string, number> };
  readonly diagnosticEvent?: { message: string; severity: string; urn?: string };
}

interface Deployment {
  readonly resources?: readonly Record<string, unknown>[];
  readonly pending_operations?: readonly { type: string; resource: { urn: string } }[];
}

export interface RealStack {
  /** What the command prints. */
  text(command: readonly string[], config: Readonly<Record<string, unknown>>): Promise<string>;
  run(command: readonly string[], config: Readonly<Record<string, unknown>>): Promise<RunRecord>;
}

const lines = <T>(file: string): T[] =>
  existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line): T => JSON.parse(line))
    : [];

export async function createRealStack(dir: string): Promise<RealStack> {
  const home = join(dir, ".home");
  mkdirSync(join(dir, ".backend"), { recursive: true });
  const env = {
    ...process.env,
    PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
    PULUMI_BACKEND_URL: `file://${dir}/.backend`,
    PULUMI_CONFIG_PASSPHRASE: "x",
    PULUMI_SKIP_UPDATE_CHECK: "1",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_HOME: home,
    NO_COLOR: "1",
    /** Allows `--event-log`. */
    PULUMI_DEBUG_COMMANDS: "true",
  };
  const pulumi = (args: readonly string[], extra: NodeJS.ProcessEnv = {}) =>
    new Promise<{ code: number; text: string }>((resolve) => {
      execFile(
        "pulumi",
        [...args],
        { cwd: dir, env: { ...env, ...extra }, maxBuffer: 64 << 20 },
        (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, text: stdout + stderr }),
      );
    });
  await pulumi(["stack", "init", "dev", "--non-interactive"]);
  const salt = readFileSync(join(dir, "Pulumi.dev.yaml"), "utf8");

  /** The backend's own file, unless it holds secrets, which only the CLI can open. */
  async function stored(): Promise<Deployment> {
    const file = readFileSync(join(dir, ".backend/.pulumi/stacks/fixture/dev.json"), "utf8");
    if (!file.includes('"ciphertext"')) return JSON.parse(file).checkpoint.latest ?? {};
    const { text } = await pulumi(["stack", "export", "--show-secrets"]);
    return JSON.parse(text.slice(text.indexOf("{"))).deployment;
  }

  const configure = (config: Readonly<Record<string, unknown>>) => {
    const values = Object.entries(config).map(([key, value]) => `  fixture:${key}: ${JSON.stringify(value)}`);
    writeFileSync(join(dir, "Pulumi.dev.yaml"), `${salt}config:\n${values.join("\n")}\n`);
  };

  return {
    async text(command, config) {
      configure(config);
      return (await pulumi([...command, "--non-interactive"])).text;
    },
    async run(command, config) {
      const grpcLog = join(dir, "grpc.json");
      const eventLog = join(dir, "events.json");
      rmSync(grpcLog, { force: true });
      rmSync(eventLog, { force: true });
      configure(config);
      const { code } = await pulumi([...command, "--non-interactive", "--event-log", eventLog], {
        PULUMI_DEBUG_GRPC: grpcLog,
      });
      const deployment = await stored();
      const events = lastPhase(lines<EngineEvent>(eventLog));
      return {
        ok: code === 0,
        steps: stepsOf(events),
        summary: events.findLast((event) => event.summaryEvent)?.summaryEvent?.resourceChanges ?? {},
        ...describeCalls(callsOf(lines<LogLine>(grpcLog)), dir),
        errors: events
          .flatMap(({ diagnosticEvent }) => (diagnosticEvent?.severity === "error" ? [diagnosticEvent.message] : []))
          .map((message) =>
            message
              .replace(/<\{%.*?%\}>/g, "")
              .replace(/^error: /, "")
              .trim(),
          )
          .sort(),
        state: sortedState(
          (deployment.resources ?? []).map((resource) =>
            describeResource(revealed(resource) as Record<string, unknown>, dir),
          ),
        ),
        pending: (deployment.pending_operations ?? []).map(({ type, resource }) => `${type} ${resource.urn}`),
      };
    },
  };
}

/** A refresh is announced as such and ends as what it amounts to. */
function stepsOf(events: readonly EngineEvent[]): string[] {
  const steps: string[] = [];
  const refreshed = new Set<string>();
  for (const { resourcePreEvent, resOutputsEvent } of events) {
    const { op, urn } = resourcePreEvent?.metadata ?? resOutputsEvent?.metadata ?? { op: "", urn: "" };
    if (urn === "" || isDefault(urn)) continue;
    if (resourcePreEvent && op === "refresh") refreshed.add(urn);
    else if (resourcePreEvent) refreshed.delete(urn);
    const isOutcome = resOutputsEvent && refreshed.has(urn) && op !== "refresh";
    if ((resourcePreEvent && op !== "refresh") || isOutcome) steps.push(`${op} ${urn.split("::").slice(3).join("::")}`);
  }
  return steps.sort();
}

/** The last phase: commands that preview first log both. */
const lastPhase = (events: readonly EngineEvent[]) => events.slice(events.findLastIndex((event) => event.preludeEvent));

const isDefault = (urn: string) => /::pulumi:providers:[^:]+::default/.test(urn);

function callsOf(log: readonly LogLine[]): PlainCall[] {
  return log.flatMap(({ method, request, response, errors }): PlainCall[] => {
    const [, service, rpc] = /pulumirpc\.(\w+)\/(\w+)$/.exec(method) ?? [];
    if (service !== "ResourceMonitor" && service !== "ResourceProvider") return [];
    const isAnswer = (response !== null && response !== undefined) || (errors?.length ?? 0) > 0;
    /** A failed call has its request twice and no response. */
    if (!isAnswer) return [];
    return [
      {
        service: service === "ResourceMonitor" ? "program" : "provider",
        rpc: rpc!,
        request: lowerKeys(request ?? {}),
        response: response ? numbered(lowerKeys(response)) : undefined,
        error: errors?.[0]?.replace(/^rpc error: code = \w+ desc = /, ""),
      },
    ];
  });
}

const diffChanges = ["DIFF_UNKNOWN", "DIFF_NONE", "DIFF_SOME"];

function numbered(response: Record<string, unknown>): Record<string, unknown> {
  const { changes } = response;
  return typeof changes === "string" ? { ...response, changes: diffChanges.indexOf(changes) } : response;
}

const lowerKeys = (object: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(object).map(([key, value]) => [key.toLowerCase(), key === "aliases" ? lowerAliases(value) : value]),
  );

const lowerAliases = (value: unknown) => JSON.parse(JSON.stringify(value).replaceAll("parentUrn", "parenturn"));

/** `plaintext` holds JSON; the stand-in keeps `value`. */
function revealed(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(revealed);
  const object = value as Record<string, unknown>;
  const { plaintext, ...rest } = object;
  if (typeof plaintext === "string") return { ...rest, value: JSON.parse(plaintext) };
  return Object.fromEntries(Object.entries(object).map(([key, item]) => [key, revealed(item)]));
}
