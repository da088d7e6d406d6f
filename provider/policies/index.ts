/**
 * The rules as policies of `@pulumi/policy`, which is not imported here: it is an optional dependency, of the pack in policy/.
 * The shapes are those of its StackValidationPolicy.
 */
import { type Caller, callerOf } from "./caller.ts";
import { plainSecrets, stackConfig, unlookedAt } from "./plain-secrets.ts";
import { MANAGEMENT_PORTS, maskNotFull, noPublishedManagement, probePaths, unreachableFallback } from "./rules.ts";
import type { Seen, Violation } from "./seen.ts";

export * from "./caller.ts";
export * from "./plain-secrets.ts";
export * from "./rules.ts";
export type { Seen, Violation } from "./seen.ts";

interface Arguments {
  readonly resources: readonly Seen[];
  getConfig<T extends object>(): T;
  notApplicable(reason?: string): never;
}

type Report = (message: string, urn?: string) => void;

export interface StackPolicy {
  readonly name: string;
  readonly description: string;
  readonly enforcementLevel: "mandatory";
  readonly configSchema?: { readonly properties: Record<string, object> };
  readonly validateStack: (args: Arguments, report: Report) => void;
}

const list = (items: "integer" | "string", value: readonly (number | string)[]) => ({
  type: "array" as const,
  items: { type: items },
  default: [...value],
});

/** Names are what `--policy-pack-config` refers to: they do not change. */
export function policies(
  env: Readonly<Record<string, string | undefined>> = process.env,
  caller: () => Caller = () => callerOf(process.ppid) ?? { folder: env.PWD ?? "" },
): StackPolicy[] {
  return [
    policy(
      "no-published-management",
      "No service is published on a port or an address by which a router is managed.",
      ({ resources, getConfig }) => noPublishedManagement(resources, getConfig<{ ports?: number[] }>().ports),
      { ports: list("integer", MANAGEMENT_PORTS) },
    ),
    policy("unreachable-fallback", "The table of each link ends in an unreachable default.", ({ resources }) =>
      unreachableFallback(resources),
    ),
    policy("probe-paths", "Each router names further ways in that a change must leave open.", ({ resources }) =>
      probePaths(resources),
    ),
    policy("no-plain-text-secret", "No credential of a router stands in clear in the stack file.", (args) => {
      const found = stackConfig({ stack: env.PULUMI_NODEJS_STACK ?? "", ...caller() });
      return "why" in found ? unlookedAt(args.resources, found.why) : plainSecrets(found.config);
    }),
    policy(
      "mask-not-full",
      "The mask leaves bits of the mark to other programs.",
      ({ resources, getConfig }) => maskNotFull(resources, getConfig<{ alone?: string[] }>().alone),
      { alone: list("string", []) },
    ),
  ];
}

function policy(
  name: string,
  description: string,
  rule: (args: Arguments) => readonly Violation[],
  properties?: Record<string, object>,
): StackPolicy {
  return {
    name,
    description,
    enforcementLevel: "mandatory",
    ...(properties && { configSchema: { properties } }),
    validateStack: (args, report) => {
      for (const { message, urn } of rule(args)) report(message, urn);
    },
  };
}
