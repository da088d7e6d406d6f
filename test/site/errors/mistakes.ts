/** A mistake that a person can make in a site, and the exact words of the answer. */
import { expect, test } from "@jest/globals";
import { checkSite, formatFaults } from "../../../provider/site/check.ts";
import { seed } from "../seed.ts";

// biome-ignore lint/suspicious/noExplicitAny: what people write has no type
export type Edit = (site: any) => void;

/** The faults of the seed's site after an edit. */
export function faults(edit: Edit, login?: { host: string; port: number; setting?: string }): string[] {
  const site = structuredClone(seed);
  edit(site);
  const result = checkSite(site, { logins: login ? [{ setting: "multiwan:router", ...login }] : [] });
  return "faults" in result ? formatFaults(result.faults, "multiwan:site") : [];
}

export const NO_MASK: Edit = (s) => {
  delete s.mask;
};

/** One test each. `texts` are the faults without the site's own place before them. */
export function mistakes(all: readonly [title: string, edit: Edit, ...texts: string[]][]): void {
  test.each([...all])("%s", (_, edit, ...texts) => {
    expect(faults(edit)).toEqual(texts.map((text) => `multiwan:site.${text}`));
  });
}
