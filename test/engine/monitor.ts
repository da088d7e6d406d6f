/** The program's side: ResourceMonitor and Engine, one event at a time into the step generator. */
import { applyStep } from "./apply.ts";
import { Bail, type Deployment, report } from "./deployment.ts";
import {
  build,
  codes,
  describe,
  engineMessages,
  fromStruct,
  type Handler,
  type Message,
  resourceMessages as messages,
  nothing,
  RpcError,
  toStruct,
} from "./edge.ts";
import { stepsFor, stepsForRead } from "./generator.ts";
import { type Goal, goalOf, readGoalOf } from "./goal.ts";
import { pluginOf } from "./processes.ts";
import type { StackConfig } from "./project.ts";
import type { ResourceState } from "./state.ts";
import { type Severity, type Step, subject } from "./steps.ts";
import type { Trace } from "./trace.ts";
import { isProviderType, isStack, nodejsProvider, providerType, reference } from "./urn.ts";
import { makeSecret, type Properties } from "./values.ts";

const severities: readonly Severity[] = ["debug", "info", "warning", "error"];
/** Every feature of CLI 3.260, so that the SDK takes the same paths; hooks and transforms then answer UNIMPLEMENTED. */
const featureCount = 16;

export interface Monitor {
  readonly handlers: Record<string, Handler>;
  /** The program said it has nothing more to register. */
  readonly signalled: Promise<void>;
  /** No more events are taken, those taken are done. */
  drain(): Promise<void>;
  /** Answers whatever still waits: UNAVAILABLE, which the SDK takes as a quiet end. */
  shutdown(): void;
  readonly failed: () => boolean;
  /** Kept to the end: whether outputs that are missing were removed or never reached depends on the outcome. */
  readonly stackOutputs: () => { urn: string; outputs: Properties } | undefined;
}

export interface MonitorOptions {
  readonly config: StackConfig;
  readonly parallel: number;
  readonly trace: Trace;
  /** Where plugins are looked for. */
  readonly env: NodeJS.ProcessEnv;
}

export function createMonitor(deployment: Deployment, { config, parallel, trace, env }: MonitorOptions): Monitor {
  const { executor, stack, project, dryRun } = deployment;
  const signalled = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(() => undefined);
  const finished = Promise.withResolvers<void>();
  let hasFailed = false;
  let isOpen = true;
  let stackOutputs: { urn: string; outputs: Properties } | undefined;
  /** By type of provider. */
  const defaultProviders = new Map<string, Promise<string>>();
  let queue: Promise<void> = Promise.resolve();

  /** The generator is single-threaded: a Check or Diff in progress holds up every later event, and so does a full worker pool. */
  function enqueue(urnOnError: string, makeSteps: () => Promise<Step[]>): void {
    queue = queue.then(async () => {
      if (executor.cancelled()) return;
      try {
        const steps = await makeSteps();
        await executor.submit(steps.map((step) => () => applyStep(deployment, step)));
      } catch (error) {
        if (!(error instanceof Bail)) report(deployment, "error", urnOnError, (error as Error).message);
        hasFailed = true;
        executor.cancel();
      }
    });
  }
  /** The real server takes no new connections once it is stopping. */
  const whileOpen =
    (handler: Handler): Handler =>
    (request) =>
      isOpen ? handler(request) : Promise.reject(new RpcError(codes.unavailable, "resource monitor shut down"));
  const orStopped = <T>(promise: Promise<T>): Promise<T> => Promise.race([promise, stopped.promise]);

  function registerGoal(goal: Goal): Promise<ResourceState> {
    const done = Promise.withResolvers<ResourceState>();
    enqueue("", () => stepsFor(deployment, goal, done.resolve));
    return done.promise;
  }

  function providerFor(type: string, given: string): Promise<string> {
    if (given) return Promise.resolve(given);
    const wanted = providerType(type);
    if (wanted !== nodejsProvider && pluginOf(wanted, env) === undefined)
      return Promise.reject(
        new RpcError(codes.unknown, `${type}: no plugin pulumi-resource-${type.split(":", 1)[0]} on PATH`),
      );
    const known = defaultProviders.get(wanted);
    if (known) return known;
    const made = registerGoal(defaultProviderGoal(wanted, config)).then((state) => reference(state.urn, state.id));
    defaultProviders.set(wanted, made);
    return made;
  }

  const handlers: Record<string, (request: Message) => Promise<Message>> = {
    async getDeploymentInfo() {
      const info = build(messages.DeploymentInfo, {
        project: project,
        stack,
        organization: "organization",
        configsecretkeysList: [...config.secretKeys],
        dryrun: dryRun,
        parallel,
        supportedfeaturesList: Array.from({ length: featureCount }, (_, index) => index),
      });
      for (const [key, value] of Object.entries(config.values)) info.getConfigMap().set(key, value);
      return info;
    },
    async registerResource(request) {
      const asked = goalOf(request);
      if (request.getRemote())
        throw new RpcError(codes.unknown, "remote components are not part of the stand-in engine");
      const needsProvider = asked.custom && !isProviderType(asked.type);
      const provider = needsProvider ? await orStopped(providerFor(asked.type, asked.provider)) : asked.provider;
      const state = await orStopped(registerGoal({ ...asked, provider }));
      /** A component's outputs are not settled before RegisterResourceOutputs. */
      const object = toStruct(asked.custom ? state.outputs : {});
      return build(messages.RegisterResourceResponse, { urn: state.urn, id: state.id, object });
    },
    async readResource(request) {
      const asked = readGoalOf(request);
      const goal = { ...asked, provider: await orStopped(providerFor(asked.type, asked.provider)) };
      const done = Promise.withResolvers<ResourceState>();
      enqueue("", async () => stepsForRead(deployment, goal, done.resolve));
      const state = await orStopped(done.promise);
      return build(messages.ReadResourceResponse, { urn: state.urn, properties: toStruct(state.outputs) });
    },
    async registerResourceOutputs(request) {
      const done = Promise.withResolvers<void>();
      const urn: string = request.getUrn();
      const outputs = fromStruct(request.getOutputs());
      enqueue(urn, async () => {
        if (isStack(urn)) stackOutputs = { urn, outputs };
        else setOutputs(deployment, urn, outputs);
        done.resolve();
        return [];
      });
      await orStopped(done.promise);
      return nothing();
    },
    async signalAndWaitForShutdown() {
      signalled.resolve();
      await finished.promise;
      return nothing();
    },
    async setRootResource() {
      return build(engineMessages.SetRootResourceResponse, {});
    },
    async log(request) {
      const severity = severities[request.getSeverity()] ?? "info";
      const diagnostic = {
        severity,
        urn: request.getUrn(),
        message: request.getMessage(),
        ephemeral: request.getEphemeral(),
      };
      deployment.emit({ kind: "diagnostic", diagnostic });
      return nothing();
    },
  };

  return {
    handlers: Object.fromEntries(
      Object.entries(handlers).map(([rpc, handler]) => [rpc, whileOpen(traced(trace, rpc, handler))]),
    ),
    signalled: signalled.promise,
    async drain() {
      await queue;
      await executor.idle();
    },
    shutdown() {
      isOpen = false;
      stopped.reject(
        new RpcError(codes.unavailable, "resource monitor shut down while waiting on step's done channel"),
      );
      finished.resolve();
    },
    failed: () => hasFailed,
    stackOutputs: () => stackOutputs,
  };
}

/** Unconditional: otherwise an output could never be removed. */
export function setOutputs(deployment: Deployment, urn: string, outputs: Properties): void {
  const step = deployment.awaitingOutputs.get(urn);
  if (!step) throw new Error(`cannot complete a resource '${urn}' whose registration isn't pending`);
  deployment.awaitingOutputs.delete(urn);
  const state = subject(step);
  state.outputs = outputs;
  deployment.emit({ kind: "outputs", op: step.op, old: step.old, state });
  if (!deployment.dryRun) deployment.snapshot.write();
}

/** That of dynamic resources is given the whole config, others only what begins with their name: nothing here. */
function defaultProviderGoal(type: string, config: StackConfig): Goal {
  const values = type === nodejsProvider ? Object.entries(config.values) : [];
  const inputs = values.map(([key, value]) => [key, config.secretKeys.includes(key) ? makeSecret(value) : value]);
  return {
    type,
    name: "default",
    custom: true,
    parent: "",
    inputs: Object.fromEntries(inputs),
    dependencies: [],
    propertyDependencies: {},
    provider: "",
    protect: false,
    deleteBeforeReplace: undefined,
    ignoreChanges: [],
    replaceOnChanges: [],
    aliases: [],
    importId: "",
    additionalSecretOutputs: [],
    retainOnDelete: false,
    deletedWith: "",
  };
}

/** Debug logs are many and say nothing; they stay out of the trace. */
function traced(trace: Trace, rpc: string, handler: Handler): Handler {
  return async (request) => {
    const name = rpc[0]!.toUpperCase() + rpc.slice(1);
    if (rpc === "log" && request.getSeverity() === 0) return handler(request);
    const fields = describe(request);
    const call = trace.start("program", name, String(fields.urn ?? ""), fields);
    try {
      const response = await handler(request);
      trace.end(call, { response: describe(response) });
      return response;
    } catch (error) {
      const { message } = error as Error;
      trace.end(call, { error: { code: error instanceof RpcError ? error.code : codes.unknown, message } });
      throw error;
    }
  };
}
