/** One dynamic-provider process, spoken to as the engine does: what is sent, and what is made of the answers. */

import { randomBytes } from "node:crypto";
import {
  build,
  connectProvider,
  describe,
  fromStruct,
  type Message,
  providerMessages as messages,
  nothing,
  type ProviderError,
  toStruct,
} from "./edge.ts";
import { type Launch, startProvider } from "./processes.ts";
import type { ResourceState } from "./state.ts";
import type { Trace } from "./trace.ts";
import { urnName, urnType } from "./urn.ts";
import { annotateSecrets, containsUnknown, type Properties, toProvider } from "./values.ts";

export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}
export interface Checked {
  readonly inputs: Properties;
  readonly failures: readonly CheckFailure[];
}
/** `unknown`: the provider has no opinion, the engine compares inputs. */
export interface Diff {
  readonly changes: "none" | "some" | "unknown";
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
  readonly changedKeys?: readonly string[];
}
export interface Readout {
  readonly id: string;
  readonly outputs: Properties | undefined;
  readonly inputs: Properties | undefined;
}
/** The provider's own configuration is unknown in this preview, so nothing can be compared. */
export class DiffUnavailable extends Error {}

export interface Plugin {
  checkConfig(urn: string, olds: Properties, news: Properties): Promise<void>;
  diffConfig(urn: string, oldInputs: Properties, oldOutputs: Properties, news: Properties): Promise<void>;
  configure(urn: string, id: string, inputs: Properties): Promise<void>;
  check(urn: string, olds: Properties, news: Properties, dryRun: boolean): Promise<Checked>;
  diff(
    old: ResourceState,
    urn: string,
    oldInputs: Properties,
    oldOutputs: Properties,
    news: Properties,
    keepUnknowns: boolean,
    ignoreChanges: readonly string[],
  ): Promise<Diff>;
  create(urn: string, inputs: Properties, dryRun: boolean): Promise<{ id: string; outputs: Properties }>;
  update(
    old: ResourceState,
    urn: string,
    news: Properties,
    dryRun: boolean,
    ignoreChanges: readonly string[],
  ): Promise<Properties>;
  read(urn: string, id: string, inputs: Properties, state: Properties): Promise<Readout>;
  delete(old: ResourceState): Promise<void>;
  close(): Promise<void>;
}

const changeKinds = ["unknown", "none", "some"] as const;

export async function loadPlugin(launch: Launch, trace: Trace, providerName: string, type: string): Promise<Plugin> {
  const process = await startProvider(launch, type);
  const client = connectProvider(process.port);
  let isConfigKnown = true;

  async function call(rpc: string, Type: unknown, urn: string, fields: Record<string, unknown>): Promise<Message> {
    const identity = urn ? { urn, name: urnName(urn), type: urnType(urn) } : {};
    const request = build(Type, { ...identity, ...fields });
    const record = trace.start(`provider ${providerName}`, rpc, urn, describe(request));
    try {
      const response = await client.call(rpc[0]!.toLowerCase() + rpc.slice(1), request);
      trace.end(record, { response: describe(response) });
      return response;
    } catch (thrown) {
      const error = thrown as ProviderError;
      trace.end(record, { error: { code: error.code, message: error.message } });
      throw error;
    }
  }
  /** The dynamic provider implements neither; any other answer would be news to us. */
  const tolerate = (error: ProviderError) => {
    if (error.code !== 12) throw error;
  };
  const struct = (properties: Properties, keepUnknowns: boolean) => toStruct(toProvider(properties, keepUnknowns));

  await call("Handshake", messages.ProviderHandshakeRequest, "", { engineAddress: launch.address }).catch(tolerate);

  return {
    async checkConfig(urn, olds, news) {
      await call("CheckConfig", messages.CheckRequest, urn, {
        olds: struct(olds, true),
        news: struct(news, true),
      }).catch(tolerate);
    },
    async diffConfig(urn, oldInputs, oldOutputs, news) {
      const request = { oldInputs: struct(oldInputs, true), olds: struct(oldOutputs, true), news: struct(news, true) };
      await call("DiffConfig", messages.DiffRequest, urn, request).catch(tolerate);
    },
    async configure(urn, id, inputs) {
      isConfigKnown = !Object.values(inputs).some(containsUnknown);
      if (!isConfigKnown) return;
      const flags = { acceptsecrets: true, acceptresources: true, sendsOldInputs: true, sendsOldInputsToDelete: true };
      await call("Configure", messages.ConfigureRequest, urn, { args: toStruct(inputs), id, ...flags });
    },
    async check(urn, olds, news, dryRun) {
      if (!isConfigKnown) return { inputs: news, failures: [] };
      const request = { olds: struct(olds, dryRun), news: struct(news, dryRun), randomseed: randomBytes(32) };
      const reply = await call("Check", messages.CheckRequest, urn, request);
      return {
        inputs: annotateSecrets(fromStruct(reply.getInputs()), news),
        failures: reply
          .getFailuresList()
          .map((failure: Message) => ({ property: failure.getProperty(), reason: failure.getReason() })),
      };
    },
    async diff(old, urn, oldInputs, oldOutputs, news, keepUnknowns, ignoreChanges) {
      if (!isConfigKnown) {
        throw new DiffUnavailable(
          "The provider for this resource has inputs that are not known during preview.\n" +
            "This preview may not correctly represent the changes that will be applied during an update.",
        );
      }
      const reply = await call("Diff", messages.DiffRequest, urn, {
        id: old.id,
        oldInputs: struct(oldInputs, keepUnknowns),
        olds: struct(oldOutputs, keepUnknowns),
        news: struct(news, keepUnknowns),
        ignorechangesList: ignoreChanges,
      });
      return {
        changes: changeKinds[reply.getChanges() as 0 | 1 | 2]!,
        replaces: reply.getReplacesList(),
        deleteBeforeReplace: reply.getDeletebeforereplace(),
      };
    },
    async create(urn, inputs, dryRun) {
      if (dryRun) return { id: "", outputs: isConfigKnown ? inputs : {} };
      const reply = await call("Create", messages.CreateRequest, urn, { properties: struct(inputs, false) });
      const id: string = reply.getId();
      if (id === "") throw new Error(`plugin returned empty resource.ID from create '${urn}'`);
      return { id, outputs: annotateSecrets(fromStruct(reply.getProperties()), inputs) };
    },
    async update(old, urn, news, dryRun, ignoreChanges) {
      if (dryRun) return isConfigKnown ? news : {};
      const reply = await call("Update", messages.UpdateRequest, urn, {
        id: old.id,
        olds: struct(old.outputs, false),
        news: struct(news, false),
        oldInputs: struct(old.inputs, false),
        ignorechangesList: ignoreChanges,
      });
      return annotateSecrets(fromStruct(reply.getProperties()), news);
    },
    async read(urn, id, inputs, state) {
      if (!isConfigKnown) return { id: "", outputs: {}, inputs: {} };
      const request = { id, properties: struct(state, false), inputs: struct(inputs, false) };
      const reply = await call("Read", messages.ReadRequest, urn, request);
      return {
        id: reply.getId(),
        outputs: reply.hasProperties() ? annotateSecrets(fromStruct(reply.getProperties()), state) : undefined,
        inputs: reply.hasInputs() ? annotateSecrets(fromStruct(reply.getInputs()), inputs) : undefined,
      };
    },
    async delete(old) {
      const request = { id: old.id, properties: struct(old.outputs, false), oldInputs: struct(old.inputs, false) };
      await call("Delete", messages.DeleteRequest, old.urn, request);
    },
    async close() {
      await client.call("cancel", nothing()).catch(() => undefined);
      client.close();
      await process.stop();
    },
  };
}
