import type * as pulumi from "@pulumi/pulumi";
import type { Kind } from "../kinds/kind.ts";
import { adoptOf } from "../plan/adopt.ts";
import { liveOf } from "../plan/live.ts";
import type { Request } from "../plan/settlement.ts";
import { RouterError } from "../ssh/errors.ts";
import { routerName } from "../ssh/settings.ts";
import { check } from "./check.ts";
import { asApplied, namesOf, recordedEntry } from "./found.ts";
import {
  argumentsOf,
  configText,
  desiredOf,
  heirOf,
  incarnationOf,
  linesOf,
  type Props,
  recordedOn,
  sameMeaning,
  textOf,
  withCurrentKeys,
  withoutNews,
} from "./inputs.ts";
import { configure, run as processRun } from "./process.ts";
import type { Run } from "./run.ts";
import { warn } from "./say.ts";

export type DynamicProvider = pulumi.dynamic.ResourceProvider<Props, Props>;

/**
 * The dynamic provider of one kind. All kinds have this one: a create, an update and a delete are the same operation,
 * "make the router hold these lines of mine", with all, some, or none.
 * @param run tests make their own
 */
export function providerOf(kind: Kind, run: Run = processRun): DynamicProvider {
  const { replacements, drifted } = run;
  return {
    async configure({ config }) {
      configure(config.get("multiwan:router"));
    },

    check: (olds, news) => check(run, kind, withCurrentKeys(olds), withCurrentKeys(news)),

    // Never a replacement: delete and create would be two transactions with a hole between them. Explicitly true or
    // false: the engine would otherwise compare stored inputs, an old drift included.
    async diff(_id, olds, news) {
      replacements.isKept(textOf(news, "owner"), olds);
      // Who the router is is no line on it: a state that does not say yet stays as it is until something changes.
      const changed = !sameMeaning({ ...plain(olds), routerId: "" }, { ...plain(news), routerId: "" });
      return { changes: changed || drifted.has(textOf(news, "owner")) };
    },

    async create(news) {
      const { olds, incarnation } = replacements.create(textOf(news, "owner"));
      const outs = { ...withoutNews(news), incarnation };
      return { id: textOf(news, "owner"), outs: await inForce(run, kind, outs, apply(run, kind, news, olds)) };
    },

    async update(_id, olds, news) {
      const incarnation = incarnationOf(olds);
      const outs = { ...withoutNews(news), ...(incarnation !== "" && { incarnation }) };
      return { outs: await inForce(run, kind, outs, apply(run, kind, news, olds)) };
    },

    // Taking away first what is to be replaced would leave a hole: it becomes the new one at once.
    async delete(_id, olds) {
      const successor = replacements.successor(olds);
      if (successor) await apply(run, kind, successor, olds);
      else if (!replacements.isReplaced(olds)) await remove(run, kind, olds);
    },

    read: async (id, olds) => read(run, kind, id as string, olds as Props),
  };
}

async function apply(run: Run, kind: Kind, news: Props, olds: Props): Promise<void> {
  const names = await allNames(run, kind, olds);
  const { addresses } = (await run.router().first()).snapshot;
  const recorded = recordedEntry(kind, olds, names);
  const args = kind.schema.parse(argumentsOf(news));
  const takeOverFrom = run.router().takeOvers.get(textOf(news, "owner"));
  await change(run, {
    ...heirOf(olds, news),
    ...(takeOverFrom !== undefined && { takeOverFrom }),
    desired: desiredOf(kind, news),
    adopt: adoptOf(linesOf(withCurrentKeys(news), "replace"), new Map([...names, ...namesOf(kind, news)]), addresses)
      .lines,
    ...(recorded && { recorded, recordedOn: recordedOn(olds) }),
    ...(kind.territory && { territory: kind.territory(args) }),
  });
  run.drifted.delete(textOf(news, "owner"));
}

async function change(run: Run, request: Request): Promise<void> {
  try {
    await run.router().apply(request);
  } finally {
    for (const warning of run.router().warnings) warn(run, `${routerName(run.router().settings)}: ${warning}`);
  }
}

/** What is in force but not on the disk is recorded with its error (pulumi's "init error"), and tried again by the next run. */
async function inForce(run: Run, kind: Kind, outs: Props, applied: Promise<void>): Promise<Props> {
  try {
    await applied;
    return asApplied(kind, outs, run.router().manifest, await allNames(run, kind, outs));
  } catch (error) {
    if (!(error instanceof RouterError) || error.kind !== "not-persistent") throw error;
    throw Object.assign(error, {
      id: textOf(outs, "owner"),
      properties: outs,
      reasons: [error.message],
    });
  }
}

async function remove(run: Run, kind: Kind, olds: Props): Promise<void> {
  const { settings } = run.router();
  if (settings.gone) return;
  const recorded = recordedEntry(kind, olds, await allNames(run, kind, olds));
  const args = kind.schema.safeParse(argumentsOf(olds));
  await change(run, {
    owner: textOf(olds, "owner"),
    desired: undefined,
    ...(recorded && { recorded, recordedOn: recordedOn(olds) }),
    ...(kind.territory && args.success && { territory: kind.territory(args.data) }),
  });
}

/**
 * The recorded lines as they are now. Where nothing of them is left the object is gone, unless the manifest still knows what was there
 * before them: that has to come back when the resource goes.
 */
async function read(run: Run, kind: Kind, id: string, olds: Props): Promise<pulumi.dynamic.ReadResult<Props>> {
  if (run.router().settings.gone) return { id, props: { ...olds } };
  const { snapshot, manifest } = await run.router().first();
  const names = new Map([...snapshot.tableNames.names, ...namesOf(kind, olds)]);
  const recorded = recordedEntry(kind, olds, names);
  if (!recorded) return { id, props: { ...olds } };
  const live = liveOf(snapshot);
  const there = recorded.lines.flatMap((line) => (live.has(line) ? [line] : live.inSlot(line)));
  if (!recorded.lines.some((line) => live.has(line)) && !manifest.has(textOf(olds, "owner"))) return {};
  const config = configText(there, names);
  if (config === textOf(olds, "config")) return { id, props: { ...olds } };
  const { incarnation: _, ...inputs } = { ...olds, config } as Props;
  return { id, props: { ...olds, config }, inputs };
}

/** The names that texts of the state and of the stack may have. */
async function allNames(run: Run, kind: Kind, props: Props): Promise<ReadonlyMap<number, string>> {
  const { snapshot } = await run.router().first();
  return new Map([...snapshot.tableNames.names, ...namesOf(kind, props)]);
}

function plain(props: Props): Props {
  const { __provider: _, incarnation: __, ...rest } = withCurrentKeys(withoutNews(props));
  return rest;
}
