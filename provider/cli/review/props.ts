/** Values of a resource's properties. One that is a secret is none of these. */
import type { Props } from "./preview.ts";

/** A text of the properties; "" where it is none, or a secret. */
export function text(props: Props, key: string): string {
  const value = props[key];
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

export function texts(props: Props, key: string): string[] {
  const value = props[key];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

/** Members of a list that are groups of settings. */
export function groups(props: Props, key: string): Props[] {
  const value = props[key];
  return Array.isArray(value) ? value.filter((one) => typeof one === "object" && one !== null) : [];
}
