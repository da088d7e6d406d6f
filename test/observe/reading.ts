/** Readings of real kernels, in namespaces that are set up for them. */
import { describe } from "@jest/globals";
import { standalone } from "../../provider/dialects/script.ts";
import { parseSnapshot, SnapshotProblems, snapshotScript } from "../../provider/observe/snapshot.ts";
import { inNamespace, noNamespaces } from "../dialects/netns.ts";

export const NONCE = "0123456789abcdef0123456789abcdef";
export const inKernel = noNamespaces === undefined ? describe : describe.skip;
export const why = noNamespaces === undefined ? "" : ` (${noNamespaces})`;

/** Runs the script in a namespace after `setup`; `after` sees what the reading has left behind. */
export function output(setup: string, { shell = "dash", after = "" } = {}): string {
  return inNamespace(
    `${setup}\nscript=$(cat)\n${shell} -c "$script" </dev/null\n${after}`,
    standalone(snapshotScript(NONCE)),
  );
}

export const read = (setup: string, shell?: string) => parseSnapshot(output(setup, shell ? { shell } : {}), NONCE);

export function problems(setup: string): unknown {
  try {
    read(setup);
  } catch (error) {
    if (error instanceof SnapshotProblems) return error.problems;
    throw error;
  }
  return [];
}
