/** What a reviewer should think of before saying yes. Pure. */
import type { Changes } from "./affected.ts";
import type { ResourceLines } from "./lines.ts";
import type { Names } from "./names.ts";
import type { Preview } from "./preview.ts";
import { texts } from "./props.ts";
import type { RouterLabel } from "./routers.ts";
import { defaultPutBack } from "./unmoved.ts";
import type { Sorted } from "./verdict.ts";
import { own, say, type Words } from "./words.ts";

export interface Risk {
  readonly about:
    | "first change"
    | "everything goes"
    | "default"
    | "open connections"
    | "management"
    | "drift"
    | "lost already"
    | "not proved"
    | "another stack";
  readonly words: Words;
}

export interface Judged extends Changes {
  readonly preview: Preview;
  readonly said: Sorted;
  readonly lines: readonly ResourceLines[];
  readonly management: readonly string[];
  readonly names: Names;
  readonly isFirst: boolean;
  readonly isDestroy: boolean;
  readonly router?: RouterLabel | undefined;
}

export function risksOf(judged: Judged): Risk[] {
  const { said, isFirst, isDestroy, lines, preview, management } = judged;
  const drifted = driftedOf(lines, said);
  const taken = preview.steps.flatMap(({ after }) => texts(after, "takesOver"));
  const names = judged.router?.components ?? [];
  const all = names.length === 0 ? own("all managed lines") : say`all managed lines of ${names}`;
  const first =
    names.length === 0 ? own("the stack has no resource yet.") : say`the stack has nothing of ${names} yet.`;
  const risk = (about: Risk["about"], ...all: readonly (Words | undefined)[]): Risk[] =>
    all.flatMap((words) => (words === undefined ? [] : [{ about, words }]));
  return [
    ...risk(
      "everything goes",
      isDestroy
        ? say`${all}. What they had replaced comes back, and what was there before word for word stays.`
        : undefined,
    ),
    ...risk("first change", isFirst ? say`${first} ${FIRST}` : undefined),
    ...risk("another stack", taken.length > 0 ? say`lines of another stack pass to this one: ${taken}` : undefined),
    ...risk("default", ...defaultRisks(judged)),
    ...risk("open connections", ...openRisks(judged)),
    ...risk(
      "management",
      management.length > 0
        ? say`lines that change name the way by which the operator comes: ${management}. Have a second way in.`
        : undefined,
    ),
    ...risk(
      "drift",
      drifted.length > 0
        ? say`the router differs from what the last run left, and this change mends that as well: ${drifted}`
        : undefined,
    ),
    ...risk(
      "lost already",
      said.lost.length > 0
        ? own("some connections are lost, or go another way than declared, and stay so: see the proof.")
        : undefined,
    ),
    ...risk(
      "not proved",
      said.untold.length > 0
        ? own("of no connection can it be told whether its reply gets home: see the proof.")
        : undefined,
    ),
  ];
}

const FIRST = own(
  "Have a second way in, such as a console. What stands in its way comes back when the stack is destroyed.",
);

/** Names of resources, of which the preview tells drift. */
export function driftedOf(lines: readonly ResourceLines[], { drift }: Sorted): string[] {
  return [
    ...new Set([...lines.filter((one) => one.drift.length > 0), ...drift].map(({ resource }) => resource)),
  ].toSorted();
}

function defaultRisks({ default: main, preview, names, isDestroy }: Judged): Words[] {
  const { site, steps } = preview;
  const back = defaultPutBack(steps, names);
  if (back !== undefined)
    return [say`the main table's default is put back: new connections from inside leave by ${back}.`];
  if (!main || main.found || isDestroy) return [];
  const seen = (link: string | undefined) => (link === undefined ? undefined : site?.links[link]?.address);
  const [was, is] = [seen(main.from), seen(main.to)];
  const before = was === undefined ? own("") : say` instead of ${was}`;
  const looks =
    is !== undefined && is !== was && site?.masquerade
      ? say` Others see ${is}${before}: think of lists of allowed addresses elsewhere.`
      : own("");
  const to = main.to === undefined ? own("as the main table says") : say`by ${main.to}`;
  const from = main.from === undefined ? own("") : say` instead of ${main.from}`;
  return [say`new connections from inside leave ${to}${from}.${looks}`];
}

function openRisks({ links, default: main, isFirst, isDestroy }: Judged): (Words | undefined)[] {
  const of = (what: string) => links.filter((one) => one.what === what && one.moves).map(({ link }) => link);
  const [gone, changed] = [of("goes"), of("changes")];
  const addresses = links.flatMap((one) => one.gone);
  const replaced = isFirst && main !== undefined && !main.found && main.inPlaceOf.length > 0;
  return [
    gone.length > 0
      ? isDestroy
        ? own("those by another link than the main table's default end.")
        : say`those by ${gone} end.`
      : undefined,
    changed.length > 0
      ? say`those by ${changed} may end: from one step to the next their packets take another way, or carry another mark.`
      : undefined,
    addresses.length > 0 ? say`those to ${addresses} may end: the address leaves the device.` : undefined,
    replaced
      ? own(
          "those over which nothing is sent while the change is made have no mark yet: they go by the new default, and may end.",
        )
      : undefined,
  ];
}
