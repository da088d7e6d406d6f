/** Stack config `multiwan:site` and `multiwan:router`, checked together, so that all their faults come at once. */
import * as pulumi from "@pulumi/pulumi";
import { parseRouterSettings, waysIn } from "../provider/router/settings.ts";
import { checkSite, formatFaults } from "../provider/site/check.ts";
import type { SiteArgs } from "../provider/site/schema.ts";

/**
 * The site. The router's settings are only checked here: the provider process is given the same config, decrypted, and
 * connects with it; they never become inputs of a resource.
 *
 * @throws pulumi.RunError that lists every fault with its path in the stack file.
 */
export function readConfig(): SiteArgs {
  // Config.get would warn about a secret that is read as plain text; nothing of the router's settings is shown here.
  const config = pulumi.runtime.allConfig();
  const router = parseRouterSettings(config["multiwan:router"]);
  const logins = "settings" in router ? waysIn(router.settings) : [];
  const written = parsed(config["multiwan:site"]);
  const site = checkSite(written, { logins });
  const faults = [
    ...("issues" in router ? router.issues.map(({ path, message }) => `${path}: ${message}`) : []),
    ...("faults" in site ? formatFaults(site.faults, "multiwan:site") : []),
  ];
  if (faults.length === 0) return written as SiteArgs;
  const head = `Pulumi.${pulumi.getStack()}.yaml has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}:`;
  throw new pulumi.RunError([head, ...faults.map((fault) => `  ${fault}`)].join("\n"));
}

/** Structured config arrives as JSON; anything else is the text itself, which the schema then refuses. */
function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
