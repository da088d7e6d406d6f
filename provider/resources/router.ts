import * as pulumi from "@pulumi/pulumi";
import { parseRouterSettings, type routerSettings } from "../ssh/settings.ts";
import type { InputsOf } from "./base.ts";

/** How to reach a router: the same settings as in stack config `multiwan:router`. */
export interface RouterArgs extends InputsOf<typeof routerSettings> {}

/**
 * One of several routers in a program: pass it as `provider`. A program with a single router needs none, its
 * settings are the stack's `multiwan:router`.
 *
 * Give `password`, `privateKey` and `privateKeyPassword` as secrets (`config.requireSecret`): the whole connection is
 * then encrypted in the state.
 *
 * ```ts
 * const north = new Router("north", { host: "10.0.0.1", hostKey: "SHA256:..." });
 * new MultiWan("site", site, { provider: north });
 * ```
 */
export class Router extends pulumi.ProviderResource {
  constructor(name: string, args: RouterArgs, options?: pulumi.ResourceOptions) {
    refuse(name, args);
    // One text, under the name of the stack setting: the provider process then reads both in one way.
    super("pulumi-nodejs", name, { "multiwan:router": pulumi.jsonStringify(args) }, options);
  }
}

/**
 * Said here, by name, rather than by as many resources as the router has. Settings that are not known yet are left to
 * the provider process, which checks all of them again. No message repeats a value.
 */
function refuse(name: string, args: RouterArgs): void {
  if (Object.values(args).some((value) => pulumi.Output.isInstance(value) || value instanceof Promise)) return;
  const result = parseRouterSettings(args);
  if ("settings" in result) return;
  const faults = result.issues.map(({ path, message }) => `  ${path.replace("multiwan:router", name)}: ${message}`);
  throw new pulumi.RunError([`The settings of the router ${name} are not right:`, ...faults].join("\n"));
}
