/** Faults as the CLI shows them: one line under the resource, with the place in the stack file. */
import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { type Issue, issuePlace } from "../kinds/kind.ts";
import { escaped } from "../model/printable.ts";
import type { RouterError } from "../ssh/errors.ts";
import { type Props, textOf } from "./inputs.ts";

/** The whole sentence for the first resource, one line for the others: all of them wait for the same router. */
export function once(error: RouterError): string {
  const told = tellings.get(error);
  tellings.set(error, true);
  return told ? `not checked: ${error.router} could not be read, see the first error` : error.message;
}
const tellings = new WeakMap<RouterError, true>();

export function failuresOf(given: Props, issues: readonly Issue[]): pulumi.dynamic.CheckFailure[] {
  const at = textOf(given, "declaredAt");
  const places = (given.places ?? {}) as Readonly<Record<string, string>>;
  // The property stays empty: the CLI would print its whole value in front of the reason.
  return issues.map(({ path, message }) => ({
    property: "",
    reason: escaped(`${issuePlace(at, places, path)}${message}`),
  }));
}

export function fromZod(issue: z.core.$ZodIssue): Issue {
  return { path: issue.path.map((p) => (typeof p === "symbol" ? String(p) : p)), message: issue.message };
}
