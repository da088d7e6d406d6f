/** The whole comment: its mark, its parts, and what is left out where a host takes no longer text. Pure. */
import type { Graph } from "../../diagram/graph.ts";
import { fitted } from "../forge/fit.ts";
import { byText } from "./by-text.ts";
import { headOf, partsOf, titleOf } from "./markdown.ts";
import type { Part, Weight } from "./part.ts";
import { pictureOf } from "./picture.ts";
import type { Preview } from "./preview.ts";
import { reviewsOf, type SiteReview } from "./review.ts";

/** Of several comments in one change request each has a key of its own. */
export const KEY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** The first line of the comment: nobody sees it, and the next run finds the comment by it. */
export function marker(key: string): string {
  return `<!-- multiwan review: ${key} -->`;
}

export interface Drawn {
  readonly review: SiteReview;
  readonly graph: Graph | undefined;
}

/** Of each router that the preview is about. @param fallback the site's name where the preview does not say it */
export function drawnOf(preview: Preview, fallback: string): Drawn[] {
  return reviewsOf(preview, fallback).map((one) => ({ review: one.review, graph: pictureOf(one.preview, one.review) }));
}

/** By name, in their order. Projects often have stacks of the same names: those are named with their projects. */
export function toldApart(sites: readonly Drawn[]): readonly Drawn[] {
  const same = Map.groupBy(sites, ({ review }) => review.name);
  const named = sites.map(({ review, graph }) => {
    const { name, project } = review;
    const projects = new Set(same.get(name)!.map((one) => one.review.project));
    const whole = projects.size > 1 && project !== undefined ? `${project}/${name}` : name;
    return { review: { ...review, name: whole }, graph };
  });
  return inOrder(named);
}

/** In one order, whatever order they came in. */
function inOrder(all: readonly Drawn[]): Drawn[] {
  const key = ({ review: { name, router } }: Drawn) =>
    JSON.stringify([name, router?.components ?? [], router?.address ?? ""]);
  return all.toSorted((a, b) => byText(a.review.name, b.review.name) || byText(key(a), key(b)));
}

/** @param limit characters that the host takes */
export function commentOf(sites: readonly Drawn[], key: string, limit = Number.POSITIVE_INFINITY): string {
  const reviews = sites.map(({ review }) => review);
  const parts = [...headOf(reviews, titleOf(reviews)), ...sites.flatMap(({ review, graph }) => partsOf(review, graph))];
  return within(parts, marker(key), limit);
}

const ORDER: readonly Weight[] = ["lines", "diagram", "words", "site"];
const LEFT_OUT =
  "_This comment is shorter than the review: the host takes no longer one. `multiwan review` prints all of it._";

/** Whole parts go, the last site's first, one kind of part after the other; at the end lines of the list of sites. */
function within(parts: readonly Part[], first: string, limit: number): string {
  const text = (all: readonly string[]) => `${[first, ...all.filter((one) => one !== "")].join("\n\n")}\n`;
  const texts = parts.map((part) => part.text);
  if (text(texts).length <= limit) return text(texts);
  for (const weight of ORDER)
    for (let i = parts.length - 1; i >= 0; i--) {
      if (parts[i]!.weight !== weight) continue;
      texts[i] = parts[i]!.short;
      const shorter = text([...texts, LEFT_OUT]);
      if (shorter.length <= limit) return shorter;
    }
  const lines = texts
    .filter((one) => one !== "")
    .join("\n\n")
    .split("\n");
  return fitted(lines, limit, (kept) => text([kept.join("\n"), LEFT_OUT]));
}
