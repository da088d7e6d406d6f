/** The recorded comments: which previews each is made of, and the comment that `multiwan review` makes of them now. */
import { readFileSync } from "node:fs";
import { commentOf, type Drawn, drawnOf, toldApart } from "../../provider/cli/review/comment.ts";
import { parsePreview } from "../../provider/cli/review/digest.ts";
import type { Preview } from "../../provider/cli/review/preview.ts";

export const RECORDED = new URL("recorded/", import.meta.url);

/** The picture in docs, and which comment it shows. */
export const PICTURE = new URL("../../docs/review.svg", import.meta.url);
export const PICTURED = "switch";

/** By the name of the comment, the previews in it. */
export const COMMENTS: Readonly<Record<string, readonly string[]>> = {
  "first-up": ["first-up"],
  service: ["service"],
  switch: ["switch"],
  "third-link": ["third-link"],
  "renumbered-mark": ["renumbered-mark"],
  drift: ["drift"],
  refused: ["refused"],
  "refused-by-proof": ["refused-by-proof"],
  "lost-already": ["lost-already"],
  destroy: ["destroy"],
  "two-sites": ["branch", "switch"],
  "two-routers": ["two-routers"],
  nothing: ["nothing"],
};

export const recordedText = (name: string) => readFileSync(new URL(`${name}.json`, RECORDED), "utf8");

export function recorded(name: string): Preview {
  return parsed(recordedText(name));
}

export function parsed(text: string): Preview {
  const preview = parsePreview(text);
  if ("fault" in preview) throw new Error(preview.fault);
  return preview;
}

/** Of a preview that is about one router. */
export function drawn(preview: Preview, name = "file"): Drawn {
  return drawnOf(preview, name)[0]!;
}

export const commentFor = (previews: readonly string[]) =>
  commentOf(toldApart(previews.flatMap((name) => drawnOf(recorded(name), "file"))), "default");
