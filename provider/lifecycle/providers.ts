/** The dynamic provider of each kind, under the names that the states of stacks know. */
import { KINDS, type KindName } from "../kinds/index.ts";
import { type DynamicProvider, providerOf } from "./provider.ts";

export const PROVIDERS = Object.fromEntries(
  Object.entries(KINDS).map(([name, kind]) => [name, providerOf(kind)]),
) as Readonly<Record<KindName, DynamicProvider>>;
