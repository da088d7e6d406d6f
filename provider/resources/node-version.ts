/**
 * Imported before anything else: `require` of ES modules, which the provider process relies on, is missing from older
 * Nodes, and what they say about it helps nobody.
 */
import * as pulumi from "@pulumi/pulumi";
import { versionAtLeast } from "../model/version.ts";

/** The first release of the 22 line that runs TypeScript without a flag. */
const OLDEST = "22.18";

/** A sentence if this Node is too old, else undefined. */
export function tooOld(version: string): string | undefined {
  if (versionAtLeast(version, OLDEST)) return undefined;
  return `pulumi-multiwan needs Node ${OLDEST} or newer, and this is Node ${version}: put a newer one first on PATH.`;
}

const sentence = tooOld(process.versions.node);
if (sentence) throw new pulumi.RunError(sentence);
