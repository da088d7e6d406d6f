/** Provider resources: which process serves which provider, and when one is started, configured and closed. */
import { randomUUID } from "node:crypto";
import { type Diff, loadPlugin, type Plugin } from "./plugin.ts";
import type { Launch } from "./processes.ts";
import type { ResourceState } from "./state.ts";
import type { Trace } from "./trace.ts";
import { isProviderType, parseReference, reference, urnName, urnType } from "./urn.ts";
import { equal, type Properties, unknownValue } from "./values.ts";

/** Between Check and Create/Update/Same a provider runs but is not configured yet. */
const unconfigured = "unconfigured";

export interface Registry {
  readonly processes: () => number;
  get(providerReference: string): Plugin | undefined;
  check(urn: string, olds: Properties, news: Properties): Promise<Properties>;
  diff(old: ResourceState, urn: string, oldInputs: Properties, oldOutputs: Properties, news: Properties): Promise<Diff>;
  create(urn: string, inputs: Properties, dryRun: boolean): Promise<{ id: string; outputs: Properties }>;
  update(old: ResourceState, urn: string, news: Properties): Promise<Properties>;
  same(state: ResourceState, urn: string, inputs: Properties, fromCheck: boolean): Promise<void>;
  /** Loads a provider from state, for deletes and refreshes. */
  ensure(providerReference: string, previous: readonly ResourceState[]): Promise<void>;
  delete(old: ResourceState): Promise<void>;
  closeAll(): Promise<void>;
}

export function createRegistry(launch: Launch, trace: Trace): Registry {
  const plugins = new Map<string, Plugin>();
  const closing: Promise<void>[] = [];
  let started = 0;

  const load = async (urn: string) => {
    started += 1;
    return loadPlugin(launch, trace, urnName(urn), urnType(urn));
  };
  const take = (urn: string): Plugin | undefined => {
    const key = reference(urn, unconfigured);
    const plugin = plugins.get(key);
    plugins.delete(key);
    return plugin;
  };

  async function same(state: ResourceState, urn: string, inputs: Properties, fromCheck: boolean): Promise<void> {
    const key = reference(urn, state.id);
    if (plugins.has(key)) return;
    const plugin = (fromCheck ? take(urn) : undefined) ?? (await load(urn));
    await plugin.configure(urn, state.id, inputs);
    plugins.set(key, plugin);
  }

  return {
    processes: () => started,
    get: (providerReference) => plugins.get(providerReference),
    async check(urn, olds, news) {
      const plugin = await load(urn);
      await plugin.checkConfig(urn, olds, news);
      plugins.set(reference(urn, unconfigured), plugin);
      return news;
    },
    async diff(old, urn, oldInputs, oldOutputs, news) {
      const plugin = plugins.get(reference(urn, unconfigured)) ?? plugins.get(reference(urn, old.id));
      await plugin!.diffConfig(urn, oldInputs, oldOutputs, news);
      return { changes: equal(oldOutputs, news) ? "none" : "some", replaces: [], deleteBeforeReplace: false };
    },
    async create(urn, inputs, dryRun) {
      const plugin = take(urn) ?? (await load(urn));
      const id = dryRun ? unknownValue : randomUUID();
      await plugin.configure(urn, id, inputs);
      plugins.set(reference(urn, id), plugin);
      return { id, outputs: inputs };
    },
    async update(old, urn, news) {
      const plugin = take(urn)!;
      await plugin.configure(urn, old.id, news);
      const key = reference(urn, old.id);
      const former = plugins.get(key);
      if (former) closing.push(former.close());
      plugins.set(key, plugin);
      return news;
    },
    same,
    async ensure(providerReference, previous) {
      if (providerReference === "" || plugins.has(providerReference)) return;
      const { urn, id } = parseReference(providerReference);
      const state = previous.find((candidate) => candidate.urn === urn && candidate.id === id);
      if (!state) throw new Error(`could not find provider ${providerReference}`);
      await same(state, urn, state.inputs, false);
    },
    async delete(old) {
      const key = reference(old.urn, old.id);
      const plugin = plugins.get(key);
      plugins.delete(key);
      if (plugin && isProviderType(old.type)) await plugin.close();
    },
    async closeAll() {
      await Promise.all([...plugins.values()].map((plugin) => plugin.close()).concat(closing));
      plugins.clear();
    },
  };
}
