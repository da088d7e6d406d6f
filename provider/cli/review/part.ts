/** A part of a comment, and what may be left out of it. */

/** What is left out first, in this order: the lines, the diagram, what the preview says word for word, the rest of a site. */
export type Weight = "lines" | "diagram" | "words" | "site" | "always";

export interface Part {
  readonly weight: Weight;
  readonly text: string;
  /** What stands there instead. */
  readonly short: string;
}
