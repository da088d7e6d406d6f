/**
 * The provider's methods called in this process as the engine calls them: a preview, then an update in a new provider,
 * dependencies first, deletes last. It costs a tenth of a run with the engine and its processes.
 */
import * as pulumi from "@pulumi/pulumi";
import { configure, forget, router } from "../../provider/lifecycle/process.ts";
import * as runtime from "../../provider/lifecycle/providers.ts";
import { checkSite } from "../../provider/site/check.ts";
import { compose } from "../../provider/site/compose.ts";
import { placeOf } from "../../provider/site/faults.ts";
import { placesOf } from "../../provider/site/places.ts";
import { siblingsOf } from "../../provider/site/siblings.ts";
import { labSite } from "../drive/index.ts";
import type { Lab } from "../lab/index.ts";
import type { Direct, Op, Pass, Passed, Props, Providers, Resource, Run, Stored } from "./direct-stack.ts";

export type { Direct, Op, Providers, Resource, Run, Stored } from "./direct-stack.ts";

/** Earlier revisions, which `npm run before` asks, export each by its name. */
export const PROVIDERS: Providers = runtime.PROVIDERS ?? (runtime as unknown as Providers);

export async function direct(lab: Lab): Promise<Direct> {
  const { host, port } = await lab.tunnel();
  const { keyFile, hostKey } = lab.router.ssh;
  return directly({ host, port, privateKeyFile: keyFile, hostKey });
}

/**
 * The same without a lab: for a router that is none, too.
 * @param settings of the connection
 * @param providers called instead of the provider's own, by who wants to see what they are asked and answer
 */
export function directly(settings: Record<string, unknown>, providers: Providers = PROVIDERS): Direct {
  const state = new Map<string, Stored>();
  const warned: string[] = [];
  /** Replaced, and still to be deleted. */
  const replaced: Stored[] = [];

  const ownerOf = ({ kind, name }: Pick<Resource, "kind" | "name">) => `${self.stack}/${kind}/${name}`;
  const inputsOf = (
    { kind, name, args, at, replace, adopt, takeOverFrom, places, parents }: Resource,
    together: readonly Resource[],
  ): Props => ({
    ...(JSON.parse(JSON.stringify(args)) as Props),
    owner: ownerOf({ kind, name }),
    together: together.map(ownerOf).toSorted(),
    ...(replace && { replace }),
    ...(adopt && { adopt }),
    ...(takeOverFrom !== undefined && { takeOverFrom }),
    ...(parents && { parents }),
    ...(at && { declaredAt: placeOf(at, "multiwan:site") }),
    ...(places && {
      places: Object.fromEntries(Object.entries(places).map(([key, path]) => [key, placeOf(path, "multiwan:site")])),
    }),
  });
  const declared = (): readonly Resource[] => {
    if (self.resources) return self.resources;
    const checked = checkSite(self.site);
    if ("faults" in checked) throw new Error(JSON.stringify(checked.faults));
    return compose(checked.site, self.component).map((r) => ({ ...r, places: placesOf(checked.site, r) }));
  };

  /** A new provider process. */
  const start = async () => {
    await forget();
    configure(JSON.stringify(self.router));
    const heard = async (text: string) => void warned.push(text);
    Object.assign(pulumi.log, { warn: heard, info: heard });
  };

  const pass = async (resources: readonly Resource[], apply: boolean, inOrder = self.inOrder) => {
    await start();
    const known = knownOf(resources);
    if (apply) rename(known);
    const siblings = siblingsOf(resources.map((resource) => [resource.kind, inputsOf(resource, [])]));
    const done: Passed = { ops: {}, failures: {}, drift: [] };
    const going: Pass = { resources, apply, known, siblings, ...done };
    const slots = limit(!apply && self.endsAtRefusal ? 1 : self.parallel);
    const running = new Map<string, Promise<void>>();
    for (const resource of resources) {
      const before = (inOrder ? (resource.dependsOn ?? []) : []).map((other) => running.get(other)!);
      const work = Promise.all(before).then(() => slots(() => unlessFailed(resource, going)));
      running.set(resource.name, work);
    }
    await Promise.all(running.values());
    return done;
  };

  /** The engine starts nothing more once something has failed. */
  const unlessFailed = async (resource: Resource, going: Pass) => {
    if ((going.apply || self.endsAtRefusal) && Object.keys(going.failures).length > 0) return;
    await one(resource, going).catch((error: Error) => fail(resource.name, error.message, going));
  };

  const fail = (name: string, why: string, { ops, failures }: Passed) => {
    ops[name] = "failed";
    failures[name] = why;
  };

  const one = async (resource: Resource, going: Pass) => {
    const { kind, name } = resource;
    const old = going.known.get(name);
    const how = old && self.replace[name];
    const news = await checked(resource, how ? undefined : old, going);
    if (!news) return;
    going.drift.push(...((news.drift as string[] | undefined) ?? []));
    const op = how ? "replace" : await opOf(kind, old, news);
    going.ops[name] = op;
    if (!going.apply || op === "same") return;
    if (old && how) await replaceBy(resource, old, news, how);
    else await settle(resource, old, news);
  };

  /** undefined: it is refused. */
  const checked = async (resource: Resource, old: Stored | undefined, going: Pass): Promise<Props | undefined> => {
    const { inputs, failures = [] } = await providers[resource.kind].check!(old?.outs ?? {}, {
      ...inputsOf(resource, going.resources),
      ...(self.endsAtRefusal && { siblings: going.siblings.take() }),
    });
    if (failures.length === 0) return inputs as Props;
    fail(resource.name, failures.map(({ reason }) => reason).join("\n"), going);
    return undefined;
  };

  /** What is known by a former name has the new one from now on. */
  const rename = (known: ReadonlyMap<string, Stored | undefined>) => {
    for (const former of Object.values(self.aliases)) state.delete(former);
    for (const [name, old] of known) if (old) state.set(name, old);
  };

  /** What the state has of each, by the name that it has now. */
  const knownOf = (resources: readonly Resource[]): ReadonlyMap<string, Stored | undefined> => {
    const formerly = (name: string) => state.get(self.aliases[name] ?? name);
    return new Map(resources.map(({ name }) => [name, formerly(name) ?? state.get(name)]));
  };

  const opOf = async (kind: Resource["kind"], old: Stored | undefined, news: Props): Promise<Op> => {
    if (!old) return "create";
    const { changes } = await providers[kind].diff!(old.id, old.outs, news);
    return changes ? "update" : "same";
  };

  const settle = async (resource: Resource, old: Stored | undefined, news: Props) => {
    const provider = providers[resource.kind];
    const { outs, id } = old
      ? { id: old.id, ...(await provider.update!(old.id, old.outs, news)) }
      : await provider.create(news);
    state.set(resource.name, { ...resource, id, outs: outs! as Props });
  };

  const replaceBy = async (resource: Resource, old: Stored, news: Props, how: "after" | "first" | "later") => {
    const provider = providers[resource.kind];
    if (how === "first") await provider.delete!(old.id, old.outs);
    const { id, outs } = await provider.create(news);
    state.set(resource.name, { ...resource, id, outs: outs! as Props });
    if (how !== "first") replaced.push(old);
  };

  const removeAll = async (gone: readonly Stored[]) => {
    const ops: Record<string, Op> = {};
    const failures: Record<string, string> = {};
    const left = new Set(gone);
    while (left.size > 0) {
      const ready = [...left].filter((r) => ![...left].some((other) => other.dependsOn?.includes(r.name)));
      await Promise.all(
        ready.map(async (resource) => {
          left.delete(resource);
          try {
            await providers[resource.kind].delete!(resource.id, resource.outs);
            state.delete(resource.name);
            ops[resource.name] = "delete";
          } catch (error) {
            ops[resource.name] = "failed";
            failures[resource.name] = (error as Error).message;
          }
        }),
      );
      if (Object.keys(failures).length > 0) break;
    }
    return { ops, failures };
  };

  const report = async (part: { ops: Record<string, Op>; failures: Record<string, string>; drift?: string[] }) => {
    const { exchanges } = await router()
      .counts()
      .catch(() => ({ exchanges: 0 }));
    await forget();
    const text = [...Object.entries(part.failures).map(([name, why]) => `${name}: ${why}`), ...warned.splice(0)];
    const code = Object.keys(part.failures).length > 0 ? 1 : 0;
    return { code, text: text.join("\n"), drift: [], ...part, exchanges } satisfies Run;
  };

  const self: Direct = {
    site: labSite(),
    router: settings,
    resources: undefined,
    stack: "multiwan/lab",
    component: "site",
    aliases: {},
    get state() {
      return new Map(state);
    },
    set state(kept) {
      state.clear();
      for (const [name, stored] of kept) state.set(name, stored);
    },
    replace: {},
    parallel: 64,
    endsAtRefusal: false,
    inOrder: true,
    preview: async () => report(await pass(declared(), false)),
    up: async () => {
      const seen = await self.preview();
      return seen.code === 0 ? self.update() : seen;
    },
    update: async () => {
      const resources = declared();
      const done = await pass(resources, true);
      if (Object.keys(done.failures).length > 0) return report(done);
      const waits = ({ name }: Stored) => self.replace[name] === "later";
      for (const old of replaced.filter((one) => !waits(one)))
        await providers[old.kind].delete!(old.id, replaced.splice(replaced.indexOf(old), 1)[0]!.outs);
      const gone = await removeAll([...state.values()].filter((old) => !resources.some((r) => r.name === old.name)));
      return report({ ...done, ops: { ...done.ops, ...gone.ops }, failures: gone.failures });
    },
    refresh: async () => {
      await start();
      for (const [name, old] of [...state]) {
        const { id, props } = await providers[old.kind].read!(old.id, old.outs);
        if (id === undefined) state.delete(name);
        else state.set(name, { ...old, outs: props! as Props });
      }
      await forget();
    },
    destroy: async () => {
      await start();
      return report(await removeAll([...state.values(), ...replaced.splice(0)]));
    },
    deploy: async () => {
      const run = await report(await pass(declared(), true, false));
      if (run.code !== 0) throw new Error(run.text);
      return run;
    },
    [Symbol.asyncDispose]: forget,
  };
  return self;
}

function limit(most: number) {
  let free = most;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (free > 0) free--;
    else await new Promise<void>((go) => waiting.push(go));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
