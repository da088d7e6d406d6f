import { isDeepStrictEqual } from "node:util";
import { formatFragment } from "../kernel/fragment.ts";
import type { Fragment, Line, TableNames } from "../kernel/line.ts";
import type { Live } from "../plan/live.ts";
import { linesOf, type Props, textOf, withoutNews } from "./inputs.ts";

/**
 * Of a new property the CLI shows the first three lines of a text, but all of a list. So a resource that is new lists
 * what will be put on the router (`adds`), and what is there already, word for word, and becomes ours (`adopts`).
 * A run that finds nothing changed drops the lists; before that they are carried along, because a list that goes away
 * in an update would read as lines that go away on the router.
 */
export function firstTime(
  olds: Props,
  inputs: Props,
  desired: Fragment,
  live: Live,
  isOurs: (line: Line) => boolean,
  names: TableNames,
): Props {
  if (textOf(olds, "config") !== "") {
    const unchanged = inputs.drift === undefined && isDeepStrictEqual(declared(olds), declared(inputs));
    return unchanged ? {} : lists(linesOf(olds, "adds"), linesOf(olds, "adopts"));
  }
  const texts = (lines: Fragment) => (lines.length > 0 ? formatFragment(lines, names).split("\n") : []);
  return lists(
    texts(desired.filter((line) => !live.has(line))),
    texts(desired.filter((line) => live.has(line) && !isOurs(line))),
  );
}

function lists(adds: readonly string[], adopts: readonly string[]): Props {
  return { ...(adds.length > 0 && { adds }), ...(adopts.length > 0 && { adopts }) };
}

function declared(props: Props): Props {
  const { __provider: _, declaredAt: __, ...rest } = withoutNews(props);
  return rest;
}
