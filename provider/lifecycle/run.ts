import type { KindName } from "../kinds/index.ts";
import type { Router } from "../transact/router.ts";
import type { Props } from "./inputs.ts";
import type { Replacements } from "./replacements.ts";

/** What the resources of one run have in common. The methods of the provider work on it; a provider process has one. */
export interface Run {
  /** @throws {RouterError} settings that are wrong: a fault of the resource whose check asks first */
  readonly router: () => RunRouter;
  /** Owners whose drift this run has found: an old `drift` in the state counts for nothing. */
  readonly drifted: Set<string>;
  /** Warnings that were given: they are about the router, not about one resource. */
  readonly warned: Set<string>;
  /** Owners that were checked. */
  readonly reached: Set<string>;
  /** What components say of their resources, by owner. */
  readonly siblings: Map<string, { readonly kind: KindName; readonly props: Props }>;
  readonly replacements: Replacements;
  /** By owner, the components that it is in. */
  readonly places: Map<string, string>;
  /** Says a text on the lines above the resources. */
  readonly say: (severity: "warn" | "info", message: string) => void;
  /** The engine has all that was said: it may end the run with the next answer. */
  readonly said: () => Promise<void>;
}

/** The router, as far as the lifecycle uses it. */
export type RunRouter = Pick<
  Router,
  | "settings"
  | "first"
  | "apply"
  | "changing"
  | "manifest"
  | "warnings"
  | "gathering"
  | "claims"
  | "previewed"
  | "foreseen"
  | "leaving"
  | "adopters"
  | "renamed"
  | "takeOvers"
  | "clearer"
>;
