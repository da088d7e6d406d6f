import type { Lab } from "../lab/index.ts";
import { type Direct, direct } from "../rows/direct.ts";

/** A router with the site of Pulumi.lab.yaml on it. */
export async function deployed(lab: Lab): Promise<Direct> {
  const stack = await direct(lab);
  await stack.deploy();
  return stack;
}
