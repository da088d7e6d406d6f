/** Property paths as `ignoreChanges` writes them: `a.b[0]["c"]`, with `*` for every element. */
import { isList, isObject, isSecret, type Properties, type Value } from "./values.ts";

type Segment = string | number;

export function parsePath(text: string): Segment[] {
  const segments: Segment[] = [];
  for (const match of text.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\[\*\]|([^.[\]]+)/g)) {
    if (match[1] !== undefined) segments.push(Number(match[1]));
    else if (match[2] !== undefined) segments.push(match[2].replace(/\\(.)/g, "$1"));
    else segments.push(match[3] ?? "*");
  }
  return segments;
}

type Reset = { readonly ok: boolean; readonly value: Value | undefined };

const impossible = (value: Value | undefined): Reset => ({ ok: false, value });

/** The value at the path as it was in `olds`; what an added or removed container holds cannot be reset. */
function reset(old: Value | undefined, next: Value | undefined, path: readonly Segment[]): Reset {
  const [head, ...rest] = path;
  if (head === undefined) return { ok: true, value: old };
  const before = isSecret(old) ? old.value : old;
  const after = isSecret(next) ? next.value : next;
  const found = resetInside(before, after, head, rest);
  if (!found.ok) return impossible(next);
  return {
    ok: true,
    value: isSecret(next) && found.value !== undefined ? { ...next, value: found.value } : found.value,
  };
}

function resetInside(before: Value | undefined, after: Value | undefined, head: Segment, rest: readonly Segment[]) {
  if (isList(before) && isList(after)) return resetItems(before, after, head, rest);
  if (isObject(before) && isObject(after)) return resetProperties(before, after, head, rest);
  return { ok: before === undefined && after === undefined, value: after };
}

function resetItems(before: readonly Value[], after: readonly Value[], head: Segment, rest: readonly Segment[]): Reset {
  const indexes = head === "*" ? after.map((_item, index) => index) : [Number(head)];
  const items = [...after];
  for (const index of indexes) {
    if (!(index in before) || !(index in after)) return impossible(after as Value);
    const inner = reset(before[index], after[index], rest);
    if (!inner.ok || inner.value === undefined) return impossible(after as Value);
    items[index] = inner.value;
  }
  return { ok: true, value: items };
}

function resetProperties(before: Properties, after: Properties, head: Segment, rest: readonly Segment[]): Reset {
  const keys = head === "*" ? [...new Set([...Object.keys(before), ...Object.keys(after)])] : [String(head)];
  const result: Properties = { ...after };
  for (const key of keys) {
    const inner = reset(before[key], after[key], rest);
    if (!inner.ok) return impossible(after);
    if (inner.value === undefined) delete result[key];
    else result[key] = inner.value;
  }
  return { ok: true, value: result };
}

export function ignoreChanges(
  inputs: Properties,
  oldInputs: Properties,
  paths: readonly string[],
): { inputs: Properties; invalid: readonly string[] } {
  const invalid: string[] = [];
  let result = inputs;
  for (const path of paths) {
    const { ok, value } = reset(oldInputs, result, parsePath(path));
    if (ok) result = value as Properties;
    else invalid.push(path);
  }
  return { inputs: result, invalid };
}
