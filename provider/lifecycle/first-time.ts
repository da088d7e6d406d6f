import { formatFragment } from "../dialects/fragment.ts";
import type { Fragment, TableNames } from "../model/line.ts";
import type { Live } from "../plan/live.ts";
import { linesOf, listed, type Props, sameMeaning, textOf, withoutNews, withoutOccasion } from "./inputs.ts";

/**
 * Of a new property the CLI shows the first three lines of a text, but all of a list. So a resource that is new lists
 * what will be put on the router (`adds`). A run that finds nothing changed drops the list; before that it is carried along,
 * because a list that goes away in an update would read as lines that go away on the router.
 */
export function firstTime(olds: Props, inputs: Props, desired: Fragment, live: Live, names: TableNames): Props {
  if (textOf(olds, "config") !== "") {
    const unchanged = inputs.drift === undefined && sameMeaning(declared(olds), declared(inputs));
    return unchanged ? {} : listed("adds", linesOf(olds, "adds"));
  }
  const lines = desired.filter((line) => !live.has(line));
  return listed("adds", lines.length > 0 ? formatFragment(lines, names).split("\n") : []);
}

function declared(props: Props): Props {
  const { __provider: _, incarnation: __, ...rest } = withoutOccasion(withoutNews(props));
  return rest;
}
