/** Stack config `multiwan:site`, `multiwan:router` and `multiwan:verify`, checked together, so that all their faults come at once. */
import * as pulumi from "@pulumi/pulumi";
import { type Path, placeOf } from "../provider/site/faults.ts";
import type { Site } from "../provider/site/schema.ts";
import { checkStackConfig, faultsMessage } from "../provider/site/stack-config.ts";
import { type Verify, verifySchema } from "./verify.ts";

/**
 * The site. The router's settings are only checked here: the provider process is given the same config, decrypted, and
 * connects with it; they never become inputs of a resource.
 *
 * @throws pulumi.RunError that lists every fault with its path in the stack file.
 */
export function readConfig(): Site {
  // Config.get would warn about a secret that is read as plain text; nothing of the router's settings is shown here.
  const config = pulumi.runtime.allConfig();
  const checked = checkStackConfig(config["multiwan:router"], parsed(config["multiwan:site"]));
  const verify = parseVerify();
  const faults = [
    ...("faults" in checked ? checked.faults : []),
    ...(verify.error?.issues ?? []).map(
      ({ path, message }) => `${placeOf(path as Path, "multiwan:verify")}: ${message}`,
    ),
  ];
  if (faults.length > 0 || "faults" in checked)
    throw new pulumi.RunError(faultsMessage(`Pulumi.${pulumi.getStack()}.yaml`, faults));
  for (const note of checked.notes) void pulumi.log.warn(note);
  return checked.site;
}

/** What is to be run behind an update; nothing where it is not set. Faults are told by `readConfig`. */
export function readVerify(): Verify {
  return parseVerify().data ?? { proof: false, checks: [] };
}

function parseVerify() {
  return verifySchema.safeParse(parsed(pulumi.runtime.allConfig()["multiwan:verify"]) ?? false);
}

/** Structured config arrives as JSON; anything else is the text itself, which the schema then refuses. */
function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
