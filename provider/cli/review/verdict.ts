/** What the preview said of the router's connections, and what else it said. Pure. */
import type { Counts } from "../../proof/outlook.ts";
import { parseCounts } from "../../proof/say-counts.ts";
import { kindOfSaid } from "../../proof/say-outlook.ts";
import type { Said } from "./preview.ts";

export interface Verdict {
  /** undefined: the preview proved nothing, as that of a destroy. */
  readonly counts: { readonly before: Counts; readonly after: Counts } | undefined;
  /** Connections that stay lost, or whose way is another than the site says, each with the line to blame and a packet. */
  readonly lost: readonly string[];
  readonly mended: readonly string[];
  /** Why nothing can be told. */
  readonly untold: readonly string[];
}

export interface Sorted extends Verdict {
  /** Why the change cannot be applied; the packet that shows it in lines of its own. */
  readonly refusals: readonly string[];
  /** `WanLink site-wan_one-link has drifted:` and its lines, of resources that are not among the steps. */
  readonly drift: readonly { readonly resource: string; readonly lines: readonly string[] }[];
  /** The other warnings. */
  readonly warnings: readonly string[];
}

export function sorted(said: readonly Said[]): Sorted {
  const texts = (kind: Said["severity"]) => said.filter(({ severity }) => severity === kind).map(({ text }) => text);
  const all = said.filter(({ severity }) => severity !== "error").map(({ text }) => text);
  const of = (kind: ReturnType<typeof kindOfSaid>) => all.filter((text) => kindOfSaid(text) === kind);
  const drifts = texts("warning").flatMap((text) => driftOf(text) ?? []);
  return {
    counts: summed(all.flatMap((text) => parseCounts(text) ?? [])),
    ...{ lost: of("lost"), mended: of("mended"), untold: of("untold"), refusals: texts("error"), drift: drifts },
    warnings: texts("warning").filter((text) => kindOfSaid(text) === undefined && driftOf(text) === undefined),
  };
}

/** Of several routers of one program. */
function summed(all: readonly NonNullable<Verdict["counts"]>[]): Verdict["counts"] {
  return all.reduce<Verdict["counts"]>((sum, { before, after }) => {
    const add = (a: Counts | undefined, b: Counts) =>
      Object.fromEntries(
        Object.entries(b).map(([key, value]) => [key, value + (a?.[key as keyof Counts] ?? 0)]),
      ) as Counts;
    return { before: add(sum?.before, before), after: add(sum?.after, after) };
  }, undefined);
}

/** A sentence on a whole router, with its name in front. */
export function isOfRouter(text: string): boolean {
  return /^\S+: drift: /.test(text) || (/^\S+: /.test(text) && (kindOfSaid(text) ?? parseCounts(text)) !== undefined);
}

function driftOf(text: string): Sorted["drift"][number] | undefined {
  const [head = "", ...lines] = text.split("\n");
  const resource = /^(\w+ .+) has drifted:$/.exec(head)?.[1];
  return resource === undefined ? undefined : { resource, lines: lines.map((line) => line.replace(/^ {2}/, "")) };
}
