/** All mutants, in the order of `npm run mutations -- --list`. */
import { CHANGE } from "./change.ts";
import { CLIENT } from "./client.ts";
import { FILES } from "./files.ts";
import type { Mutation } from "./mutation.ts";
import { WAY_BACK } from "./way-back.ts";

export const MUTATIONS: readonly Mutation[] = [...CHANGE, ...WAY_BACK, ...FILES, ...CLIENT];
