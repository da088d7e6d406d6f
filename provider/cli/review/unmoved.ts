/** Changes of resources that move nobody from one link to another: what else becomes of them, a sentence each. Pure. */
import type { Names } from "./names.ts";
import type { Step } from "./preview.ts";
import { text, texts } from "./props.ts";
import { own, say, type Words } from "./words.ts";

/** The lines are as declared, and the router's are not. */
export function isOnlyMended({ op, before, after }: Step): boolean {
  return op === "update" && texts(after, "drift").length > 0 && before.config === after.config;
}

/** An argument is another, and no line of the router is. */
export function isQuiet({ op, before, after }: Step): boolean {
  return op === "update" && texts(after, "drift").length === 0 && before.config === after.config;
}

/** Rules of servers and the default where none of them moves. */
export function unmoved(steps: readonly Step[], names: Names): Words[] {
  return steps
    .filter((step) => step.op === "update" && !isQuiet(step))
    .flatMap((step) => {
      if (step.kind === "DefaultRoute") return unmovedDefault(step, names) ?? [];
      return step.kind === "SourceRule" ? (unmovedRule(step, names) ?? []) : [];
    });
}

const becomes = (step: Step) => own(isOnlyMended(step) ? "is put back as declared" : "changes");

function unmovedDefault(step: Step, names: Names): Words | undefined {
  const link = (props: Step["before"]) => names.linkOf(text(props, "device"));
  const is = link(step.after);
  if (link(step.before) !== is) return undefined;
  return isOnlyMended(step)
    ? say`The default by ${is} ${becomes(step)}`
    : say`The route of the default by ${is} ${becomes(step)}`;
}

function unmovedRule(step: Step, names: Names): Words | undefined {
  const { before, after } = step;
  const way = (props: Step["before"]) => text(props, "tableName") || `table ${text(props, "table")}`;
  const server = (props: Step["before"]) => names.serverAt(text(props, "source")) ?? text(props, "source");
  if (way(before) !== way(after)) return undefined;
  const moved = server(before) === server(after) ? own("") : say`; it is no longer for ${server(before)}`;
  return say`The rule by which ${server(after)} leaves by ${way(after)} ${becomes(step)}${moved}`;
}

/** The link that the main table's default is put back to; undefined where it has not drifted. */
export function defaultPutBack(steps: readonly Step[], names: Names): string | undefined {
  const step = steps.find((one) => one.kind === "DefaultRoute" && isOnlyMended(one) && hasMoved(one));
  return step && names.linkOf(text(step.after, "device"));
}

/** The route itself, or what stands in its place: not that the router's own list has forgotten whose it is. */
function hasMoved({ after }: Step): boolean {
  return texts(after, "drift").some((line) => / default(?: |$)/.test(line));
}
