/** What is wrong with the inputs of a resource whatever the router holds. Pure. */
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { stackName } from "../kinds/fields.ts";
import type { Issue, Kind } from "../kinds/kind.ts";
import { isOwner, shortName } from "../model/owner.ts";
import { fromZod } from "./failures.ts";
import { argumentsOf, type Props, textOf } from "./inputs.ts";

/** In a preview the output of a resource that does not exist yet is a sentinel, at any depth: judged in the update. */
export function hasUnknowns(given: Props): boolean {
  return JSON.stringify(given).includes(pulumi.runtime.unknownValue);
}

/** The arguments with their defaults, or why there are none. */
export function readArguments(
  kind: Kind,
  given: Props,
): { readonly args: z.output<Kind["schema"]> } | { readonly issues: readonly Issue[] } {
  if (!isOwner(textOf(given, "owner"))) return { issues: [BAD_NAME] };
  const from = stackName.optional().safeParse(given.takeOverFrom);
  if (!from.success) return { issues: from.error.issues.map((i) => ({ ...fromZod(i), path: ["takeOverFrom"] })) };
  const parsed = kind.schema.safeParse(argumentsOf(given));
  return parsed.success ? { args: parsed.data } : { issues: parsed.error.issues.map(fromZod) };
}

const BAD_NAME: Issue = {
  path: [],
  message:
    "the name of a resource stands in files on the router: names of the project, the stack and the resource must not hold newlines or other control characters",
};

/**
 * Another resource of one kind and name, below another component: both would be one to the router's manifest.
 * @param places by owner, the components that resources of this run are in; this one is added
 */
export function twinOf(owner: string, parents: readonly string[], places: Map<string, string>): Issue | undefined {
  const here = parents.join(", ");
  const there = places.get(owner) ?? here;
  places.set(owner, there);
  if (here === there) return undefined;
  const say = (text: string) => (text === "" ? "in no component" : `in ${text}`);
  return {
    path: [],
    message: `the program has two resources that are called ${shortName(owner)}, one ${say(there)}, one ${say(here)}. The router's list of lines tells resources apart by kind and name, so each would take the other's lines away: give one of them, or the MultiWan that it belongs to, another name`,
  };
}
