/** The two settings of a stack, `multiwan:router` and `multiwan:site`, checked together, so that all faults come at once. */
import { parseRouterSettings, type RouterSettings, waysIn } from "../ssh/settings.ts";
import { checkSite, formatFaults } from "./check.ts";
import { sayOldName } from "./old-names.ts";
import type { Site } from "./schema.ts";

export interface StackConfig {
  readonly settings: RouterSettings;
  /** As `checkSite` gives it: `MultiWan` takes it as it is. */
  readonly site: Site;
  /** Settings under names of earlier versions, a sentence each. */
  readonly notes: readonly string[];
}

/** @param router an object, or the JSON text that Pulumi hands over */
export function checkStackConfig(router: unknown, site: unknown): StackConfig | { readonly faults: readonly string[] } {
  const connection = parseRouterSettings(router);
  const logins = "settings" in connection ? waysIn(connection.settings) : [];
  const checked = checkSite(site, { logins });
  const faults = [
    ...("issues" in connection ? connection.issues.map(({ path, message }) => `${path}: ${message}`) : []),
    ...("faults" in checked ? formatFaults(checked.faults, "multiwan:site") : []),
  ];
  return "settings" in connection && "site" in checked && faults.length === 0
    ? {
        settings: connection.settings,
        site: checked.site,
        notes: checked.old.map((name) => sayOldName(name, "multiwan:site")),
      }
    : { faults };
}

/** `Pulumi.north.yaml has 2 faults:`, and a line for each. */
export function faultsMessage(file: string, faults: readonly string[]): string {
  const head = `${file} has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}:`;
  return [head, ...faults.map((fault) => `  ${fault}`)].join("\n");
}
