/** Stack config `multiwan:site` and `multiwan:router`, checked together, so that all their faults come at once. */
import * as pulumi from "@pulumi/pulumi";
import type { SiteArgs } from "../provider/site/schema.ts";
import { checkStackConfig, faultsMessage } from "../provider/site/stack-config.ts";

/**
 * The site. The router's settings are only checked here: the provider process is given the same config, decrypted, and
 * connects with it; they never become inputs of a resource.
 *
 * @throws pulumi.RunError that lists every fault with its path in the stack file.
 */
export function readConfig(): SiteArgs {
  // Config.get would warn about a secret that is read as plain text; nothing of the router's settings is shown here.
  const config = pulumi.runtime.allConfig();
  const written = parsed(config["multiwan:site"]);
  const checked = checkStackConfig(config["multiwan:router"], written);
  if ("faults" in checked) throw new pulumi.RunError(faultsMessage(`Pulumi.${pulumi.getStack()}.yaml`, checked.faults));
  return written as SiteArgs;
}

/** Structured config arrives as JSON; anything else is the text itself, which the schema then refuses. */
function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
