/** Secrets in a stack file: `secure: v1:...` in the place of a value, at any depth. */

/** Paths of all secrets, as a person writes them: `multiwan:router.password`. */
export function secretPaths(value: unknown, path: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  if (isSecret(value)) return [path];
  if (Array.isArray(value)) return value.flatMap((item, i) => secretPaths(item, `${path}[${i}]`));
  return Object.entries(value).flatMap(([key, item]) => secretPaths(item, `${path}.${key}`));
}

/** The group of settings without those that are secret. */
export function withoutSecrets(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => !isSecret(item)));
}

function isSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0] === "secure" && typeof (value as { secure: unknown }).secure === "string";
}
