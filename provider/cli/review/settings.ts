/** Settings that change beside the lines of the router, a sentence each. Pure. */
import { isDeepStrictEqual } from "node:util";
import { withCurrentKeys } from "../../lifecycle/inputs.ts";
import type { SettingChange } from "../delivery/told-settings.ts";
import { byText } from "./by-text.ts";
import type { Props, Step } from "./preview.ts";
import { texts } from "./props.ts";
import { isOnlyMended, isQuiet } from "./unmoved.ts";
import { own, say, type Words } from "./words.ts";

export function saySetting({ key, was, is }: SettingChange): Words {
  if (was === undefined) return say`${key}: is set to ${is!}`;
  return is === undefined ? say`${key}: is no longer set; it was ${was}` : say`${key}: from ${was} to ${is}`;
}

/** Arguments of resources: the lines that they replace, and what changes where no line does. */
export function settingsOf(steps: readonly Step[]): Words[] {
  const updates = steps.filter((step) => step.op === "update" && !isOnlyMended(step));
  const of = (side: "before" | "after") =>
    new Set(updates.flatMap((step) => texts(withCurrentKeys(step[side]), "replace")));
  const [was, is] = [of("before"), of("after")];
  const come = [...is].filter((line) => !was.has(line)).toSorted(byText);
  const go = [...was].filter((line) => !is.has(line)).toSorted(byText);
  return [
    ...(come.length > 0 ? [say`Setting ${"replace"}: with ${come}`] : []),
    ...(go.length > 0 ? [say`Setting ${"replace"}: without ${go}`] : []),
    ...updates.filter(isQuiet).flatMap(quietOf),
  ];
}

/** What `check` adds to a resource, and what is told elsewhere. */
const ADDED = ["owner", "router", "routerId", "config", "replaces", "facts", "takesOver", "adds", "adopts", "drift"];
const TOLD = ["replace", "adopt", "incarnation", "__provider"];

function quietOf({ kind, name, before, after }: Step): Words[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = keys
    .filter((key) => ![...ADDED, ...TOLD].includes(key) && differ(before, after, key))
    .toSorted(byText);
  return changed.length === 0 ? [] : [say`${own("Settings of")} ${`${kind} ${name}`}: ${changed}`];
}

function differ(before: Props, after: Props, key: string): boolean {
  return !isDeepStrictEqual(before[key], after[key]);
}
