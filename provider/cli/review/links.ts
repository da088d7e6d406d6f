/** What changes for each link, in plain words. Pure. */
import { formatMark } from "../../model/mark.ts";
import { byText } from "./by-text.ts";
import type { Names } from "./names.ts";
import type { Props, Step } from "./preview.ts";
import { groups, text, texts } from "./props.ts";
import { isQuiet } from "./unmoved.ts";
import { own, say, type Words } from "./words.ts";

export interface LinkChange {
  readonly link: string;
  /** "" where no changed resource says. */
  readonly device: string;
  readonly what: "comes" | "goes" | "changes" | "is mended";
  /** One a setting; what follows from another is left out. */
  readonly details: readonly Words[];
  /** Packets of the link's open connections take another way, or carry another mark. */
  readonly moves: boolean;
  /** Addresses that leave the device. */
  readonly gone: readonly string[];
  /** No more than addresses come or go, as those of published services do by themselves. */
  readonly onlyAddresses: boolean;
}

/** A resource that is one link's, and which. */
function linkOf({ kind, before, after }: Step, names: Names): string | undefined {
  const of = (key: string) => text(after, key) || text(before, key);
  if (kind === "WanLink") return of("link");
  if (kind === "RoutingTable") return of("name") || names.linkOf(of("device"));
  if (kind === "FwmarkRule") return of("tableName") || `table ${of("table")}`;
  return undefined;
}

export function linkChanges(steps: readonly Step[], names: Names): LinkChange[] {
  const known = steps.flatMap((step) => {
    const link = linkOf(step, names);
    const isTold = !isQuiet(step) || settings(step.kind, step.before, step.after).length > 0;
    return link === undefined || link === "" || !isTold ? [] : [{ link, step }];
  });
  return [...Map.groupBy(known, ({ link }) => link)]
    .toSorted(([a], [b]) => byText(a, b))
    .map(([link, all]) =>
      changeOf(
        link,
        all.map(({ step }) => step),
      ),
    );
}

function changeOf(link: string, steps: readonly Step[]): LinkChange {
  const main = steps.find(({ kind }) => kind === "WanLink");
  const device =
    steps.map(({ before, after }) => text(after, "device") || text(before, "device")).find((one) => one !== "") ?? "";
  if (main?.op === "create" || main?.op === "delete") {
    const props = main.op === "create" ? main.after : main.before;
    return {
      link,
      device,
      what: main.op === "create" ? "comes" : "goes",
      details: wholeOf(props),
      gone: [],
      onlyAddresses: false,
      moves: main.op === "delete",
    };
  }
  const told = steps.flatMap(({ kind, before, after, op }) =>
    op === "update" || op === "replace" ? settings(kind, before, after) : [partOf(kind, op)],
  );
  const drift = steps.some(({ after }) => texts(after, "drift").length > 0);
  const details = [...new Map(told.map((one) => [JSON.stringify(one.words), one])).values()];
  return {
    ...{ link, device },
    what: details.length === 0 && drift ? "is mended" : "changes",
    details:
      details.length === 0
        ? [drift ? own("its lines are put back as declared") : own("no setting of it, but its lines on the router")]
        : details.map(({ words }) => words),
    moves: details.some(({ moves }) => moves),
    gone: details.flatMap(({ gone }) => gone ?? []),
    onlyAddresses: details.length > 0 && details.every(({ address }) => address === true),
  };
}

function wholeOf(props: Props): Words[] {
  const addresses = texts(props, "addresses");
  return [
    ...(text(props, "gateway") ? [say`gateway ${text(props, "gateway")}`] : []),
    ...(addresses.length > 0 ? [say`addresses ${addresses}`] : []),
    ...(text(props, "table") ? [say`table ${text(props, "table")}`] : []),
  ];
}

interface Told {
  readonly words: Words;
  readonly moves: boolean;
  readonly address?: boolean;
  readonly gone?: readonly string[];
}

function partOf(kind: Step["kind"], op: Step["op"]): Told {
  const what = kind === "RoutingTable" ? "its routing table" : "the rule of its mark";
  return { words: own(`${what} ${op === "create" ? "comes" : "goes"}`), moves: true };
}

const FIELDS: readonly (readonly [key: string, words: string, moves: boolean])[] = [
  ["device", "device", true],
  ["gateway", "gateway", true],
  ["table", "number of its table", true],
  ["priority", "priority of its rule by mark", false],
  ["fromPriority", "priority of its rules by address", false],
  ["reversePath", "reverse path filter", false],
];

function settings(kind: Step["kind"], before: Props, after: Props): Told[] {
  const fields = FIELDS.flatMap(([key, words, moves]): Told[] => {
    const [was, is] = [text(before, key), text(after, key)];
    return was === is || was === "" || is === "" ? [] : [{ words: say`${own(words)}: ${was} becomes ${is}`, moves }];
  });
  return [
    ...fields,
    ...listed("address", "addresses", texts(before, "addresses"), texts(after, "addresses")).map((told) => ({
      ...{ ...told, address: true, moves: false },
    })),
    ...(kind === "RoutingTable" ? listed("network inside", "networks inside", networks(before), networks(after)) : []),
    ...mark(kind, before, after),
  ];
}

const networks = (props: Props) => groups(props, "lan").map((lan) => text(lan, "network"));

function listed(one: string, more: string, before: readonly string[], after: readonly string[]): Told[] {
  const come = after.filter((value) => !before.includes(value));
  const go = before.filter((value) => !after.includes(value));
  const told = (values: readonly string[], single: string, plural: string, moves: boolean): Told[] => {
    if (values.length === 0) return [];
    const [what, verb] = values.length === 1 ? [one, single] : [more, plural];
    return [{ words: say`${own(what)} ${values} ${own(verb)}`, moves, ...(moves && { gone: values }) }];
  };
  return [...told(come, "comes", "come", false), ...told(go, "goes", "go", true)];
}

function mark(kind: Step["kind"], before: Props, after: Props): Told[] {
  const [was, is] = [before.mark, after.mark];
  if (kind !== "FwmarkRule" || typeof was !== "number" || typeof is !== "number" || was === is) return [];
  return [{ words: say`mark: ${formatMark(was)} becomes ${formatMark(is)}`, moves: true }];
}
