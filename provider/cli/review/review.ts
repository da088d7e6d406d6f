/** A preview as a reviewer wants to read it: the value that Markdown, JSON and the picture are made of. Pure. */
import { affectedBy, type Changes, howLong } from "./affected.ts";
import type { Affected } from "./concerned.ts";
import { linesOf, type ResourceLines } from "./lines.ts";
import { linkChanges } from "./links.ts";
import { managementTouched } from "./management.ts";
import { namesOf } from "./names.ts";
import type { Preview, Step } from "./preview.ts";
import { type Risk, risksOf } from "./risks.ts";
import { type RouterLabel, type RouterPart, routersOf } from "./routers.ts";
import { serviceChanges } from "./services.ts";
import { otherChanges, summaryOf } from "./summary.ts";
import { type Sorted, sorted } from "./verdict.ts";
import { defaultMove, gatewayMove, switchMoves } from "./ways.ts";
import { say, type Words } from "./words.ts";

export interface SiteReview extends Changes {
  /** The stack. */
  readonly name: string;
  /** Which of the stack's routers, where it has several. */
  readonly router?: RouterLabel;
  /** What belongs to no single router of a stack that has several. */
  readonly isRest?: true;
  readonly project: string | undefined;
  /** `refused`: the preview ended with an error, and nothing can be applied. */
  readonly outcome: "changes" | "nothing" | "refused";
  /** One line, without the name. */
  readonly summary: Words;
  /** What changes besides links, services and ways. */
  readonly more: readonly Words[];
  readonly affected: readonly Affected[];
  /** undefined where nothing is applied. */
  readonly howLong: Words | undefined;
  readonly isDestroy: boolean;
  readonly isFirst: boolean;
  readonly said: Sorted;
  readonly risks: readonly Risk[];
  readonly lines: readonly ResourceLines[];
}

/** What a reader knows it by. */
export function placeOf({ name, router }: Pick<SiteReview, "name" | "router">): Words {
  if (!router) return say`${name}`;
  const { components, address } = router;
  if (components.length === 0) return say`${name}, router ${address}`;
  return address === "" ? say`${name}, ${components}` : say`${name}, ${components} on ${address}`;
}

/** One for each router. @param fallback the site's name where the preview did not come as far as to say it */
export function reviewsOf(
  preview: Preview,
  fallback: string,
): { readonly preview: Preview; readonly review: SiteReview }[] {
  return routersOf(preview).map((part) => ({ preview: part.preview, review: reviewOf(part, fallback) }));
}

function reviewOf({ preview, router, isRest }: RouterPart, fallback: string): SiteReview {
  const { steps, said: all } = preview;
  const names = namesOf(preview);
  const said = sorted(all);
  const links = linkChanges(steps, names);
  const changes: Changes = {
    links,
    services: serviceChanges(steps, names),
    default: defaultMove(preview, names),
    switches: switchMoves(steps, names),
    gateway: gatewayMove(steps, names),
  };
  const refused = said.refusals.length > 0;
  const lines = steps
    .map(linesOf)
    .filter((one) => one.lines.length + one.drift.length + one.adopts.length > 0 || one.hidden);
  const whole = steps.length > 0 && preview.same === 0;
  const every = (op: Step["op"]) => whole && steps.every((step) => step.op === op);
  const judged = {
    ...{ ...changes, preview, names, said, lines, management: managementTouched(preview, lines) },
    ...{ isFirst: !refused && every("create"), isDestroy: !refused && every("delete"), router },
  };
  const { isFirst, isDestroy } = judged;
  const settings = preview.settings?.length ?? 0;
  const outcome = refused ? "refused" : steps.length + preview.others.length + settings > 0 ? "changes" : "nothing";
  return {
    ...{
      name: preview.stack ?? fallback,
      ...(router && { router }),
      ...(isRest && { isRest }),
      project: preview.project,
      outcome,
      isFirst,
      isDestroy,
      ...changes,
      said,
      lines,
    },
    summary: summaryOf(outcome, judged),
    more: otherChanges(judged),
    // Of a preview that ended half-way only a part is known.
    affected: outcome === "changes" ? affectedBy(changes, preview, names) : [],
    howLong: outcome === "changes" && steps.length > 0 ? howLong(preview) : undefined,
    risks: risksOf(judged),
  };
}
