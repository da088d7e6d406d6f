/**
 * Imported before anything else: `require` of ES modules, which the provider process relies on, is missing from older
 * Nodes, and what they say about it helps nobody.
 */
import * as pulumi from "@pulumi/pulumi";

/** The first release of the 22 line that runs TypeScript without a flag. */
const OLDEST = [22, 18] as const;

/** A sentence if this Node is too old, else undefined. */
export function tooOld(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return undefined;
  return `pulumi-multiwan needs Node ${OLDEST.join(".")} or newer, and this is Node ${version}: put a newer one first on PATH.`;
}

const sentence = tooOld(process.versions.node);
if (sentence) throw new pulumi.RunError(sentence);
