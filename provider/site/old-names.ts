/** Names that settings of a site had in earlier versions: read until version 1.0, with a warning. Pure. */

const OLD_NAMES: Readonly<Record<string, string>> = { adopt: "replace" };

/** A setting that is written under its old name. */
export interface OldName {
  readonly from: string;
  readonly to: string;
}

/**
 * The site under the names of this version. Where both names of a setting are there nothing is guessed: the old one stays, and is
 * refused as no setting.
 */
export function withCurrentNames(written: unknown): { readonly written: unknown; readonly old: readonly OldName[] } {
  if (typeof written !== "object" || written === null || Array.isArray(written)) return { written, old: [] };
  const old = Object.entries(OLD_NAMES)
    .filter(([from, to]) => Object.hasOwn(written, from) && !Object.hasOwn(written, to))
    .map(([from, to]) => ({ from, to }));
  if (old.length === 0) return { written, old };
  const entries = Object.entries(written).map(([key, value]) => [
    old.find(({ from }) => from === key)?.to ?? key,
    value,
  ]);
  return { written: Object.fromEntries(entries), old };
}

/** @param root where the site is written, `multiwan:site` */
export function sayOldName({ from, to }: OldName, root: string): string {
  return `${root}.${from} is called ${to} now: rename it; the old name is read until version 1.0`;
}
