/** Values as Go's `%v` prints a property value: `{text}`, `{<nil>}`, lists and maps of the same, secrets in clear. */
import { isList, isObject, isSecret, unknownValue, type Value } from "./values.ts";

export function show(value: Value | undefined): string {
  if (value === undefined || value === null) return "{<nil>}";
  if (isSecret(value)) return `{&{${show(value.value)}}}`;
  if (value === unknownValue) return "{{}}";
  if (isList(value)) return `{[${value.map(show).join(" ")}]}`;
  if (isObject(value)) {
    const entries = Object.keys(value).sort();
    return `{map[${entries.map((key) => `${key}:${show(value[key])}`).join(" ")}]}`;
  }
  return `{${String(value)}}`;
}
