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

/** The value at the path as it was in `olds`; what an added or removed container holds cannot be reset. */
function reset(old: Value | undefined, next: Value | undefined, path: readonly Segment[]): Reset {
  const [head, ...rest] = path;
  if (head === undefined) return { ok: true, value: old };
  const before = isSecret(old) ? old.value : old;
  const after = isSecret(next) ? next.value : next;
  const rewrap = (value: Value): Value => (isSecret(next) ? { ...next, value } : value);

  if (isList(before) && isList(after)) {
    const indexes = head === "*" ? after.map((_item, index) => index) : [Number(head)];
    const items = [...after];
    for (const index of indexes) {
      if (!(index in before) || !(index in after)) return { ok: false, value: next };
      const inner = reset(before[index], after[index], rest);
      if (!inner.ok || inner.value === undefined) return { ok: false, value: next };
      items[index] = inner.value;
    }
    return { ok: true, value: rewrap(items) };
  }
  if (isObject(before) && isObject(after)) {
    const keys = head === "*" ? [...new Set([...Object.keys(before), ...Object.keys(after)])] : [String(head)];
    const result: Properties = { ...after };
    for (const key of keys) {
      const inner = reset(before[key], after[key], rest);
      if (!inner.ok) return { ok: false, value: next };
      if (inner.value === undefined) delete result[key];
      else result[key] = inner.value;
    }
    return { ok: true, value: rewrap(result) };
  }
  const bothAbsent = before === undefined && after === undefined;
  return { ok: bothAbsent, value: next };
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
