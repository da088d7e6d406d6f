/** The difference of two property objects, as data. */
import { containsUnknown, equal, isList, isObject, isSecret, type Properties, type Value } from "./values.ts";

export interface ValueDiff {
  readonly old: Value;
  readonly new: Value;
  readonly list?: readonly Change[];
  readonly object?: ObjectDiff;
}

export type Change =
  | { readonly kind: "add"; readonly value: Value }
  | { readonly kind: "delete"; readonly value: Value }
  | { readonly kind: "same"; readonly value: Value }
  | { readonly kind: "update"; readonly diff: ValueDiff };

export interface ObjectDiff {
  readonly adds: ReadonlyMap<string, Value>;
  readonly deletes: ReadonlyMap<string, Value>;
  readonly sames: ReadonlyMap<string, Value>;
  readonly updates: ReadonlyMap<string, ValueDiff>;
}

const isInternalKey = (key: string) => key.startsWith("__");
const hasValue = (value: Value | undefined): value is NonNullable<Value> => value !== undefined && value !== null;

export function objectDiff(
  olds: { readonly [key: string]: Value },
  news: { readonly [key: string]: Value },
): ObjectDiff | undefined {
  const adds = new Map<string, Value>();
  const deletes = new Map<string, Value>();
  const sames = new Map<string, Value>();
  const updates = new Map<string, ValueDiff>();
  const sort = (key: string, old: Value | undefined, next: Value | undefined) => {
    if (!hasValue(old)) {
      if (hasValue(next)) adds.set(key, next);
      return;
    }
    if (!hasValue(next)) return void deletes.set(key, old);
    const diff = valueDiff(old, next);
    if (diff) updates.set(key, diff);
    else sames.set(key, old);
  };
  const keys = new Set([...Object.keys(olds), ...Object.keys(news)]);
  for (const key of keys) if (!isInternalKey(key)) sort(key, olds[key], news[key]);
  return adds.size + deletes.size + updates.size ? { adds, deletes, sames, updates } : undefined;
}

export function valueDiff(old: Value, next: Value): ValueDiff | undefined {
  /** The CLI does not mark a secret that became another secret. */
  if (isSecret(old) && isSecret(next)) return undefined;
  if (isSecret(old) || isSecret(next)) return { old, new: next };
  if (isList(old) && isList(next)) {
    const list = Array.from({ length: Math.max(old.length, next.length) }, (_, index): Change => {
      if (index >= old.length) return { kind: "add", value: next[index]! };
      if (index >= next.length) return { kind: "delete", value: old[index]! };
      const diff = valueDiff(old[index]!, next[index]!);
      return diff ? { kind: "update", diff } : { kind: "same", value: old[index]! };
    });
    return list.every((change) => change.kind === "same") ? undefined : { old, new: next, list };
  }
  if (isObject(old) && isObject(next)) {
    const object = objectDiff(old, next);
    return object && { old, new: next, object };
  }
  /** Two unknowns may differ. */
  return equal(old, next) && !containsUnknown(next) ? undefined : { old, new: next };
}

export const keysOf = (diff: ObjectDiff): string[] =>
  [...new Set([...diff.adds.keys(), ...diff.deletes.keys(), ...diff.sames.keys(), ...diff.updates.keys()])].sort();

export type { Properties };
