/** Every subcommand of `multiwan`: a file here, and a place in this list. */
import type { Subcommand } from "../program.ts";
import { diagram } from "./diagram.ts";
import { log } from "./log.ts";
import { show } from "./show.ts";

export const COMMANDS: readonly Subcommand[] = [show, log, diagram];
