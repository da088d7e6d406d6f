/**
 * What the text in a resource's `__provider` loads, in the provider process. States of years ago hold that text: this
 * path and these names never change. No top-level await, because it is loaded by `require`.
 */
import { createRequire } from "node:module";
import { extname } from "node:path";
import { keepCompiled, writeCompiled } from "./compile-cache.ts";
import type * as lifecycle from "./lifecycle/providers.ts";

// Read lazily by the SDK's log: with it, messages are the engine's own, and not lines of output under the stack.
if (process.argv[1]?.includes("dynamic-provider") && process.argv[2])
  process.env.PULUMI_NODEJS_ENGINE ??= process.argv[2];

// Not an import: those are loaded before the first line here runs.
keepCompiled();
const load = createRequire(import.meta.url);
const loaded: typeof lifecycle = load(`./lifecycle/providers${extname(import.meta.filename)}`);
writeCompiled();

// One name for each kind of the registry.
export const { WanLink, RoutingTable, FwmarkRule, SourceRule, DefaultRoute, ConnmarkChain, ServerMap, BootConfig } =
  loaded.PROVIDERS;
