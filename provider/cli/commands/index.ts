/** Every subcommand of `multiwan`: a file here, and a place in this list. */
import type { Subcommand } from "../context.ts";
import { apply } from "./apply.ts";
import { diagram } from "./diagram.ts";
import { doctor } from "./doctor.ts";
import { drift } from "./drift.ts";
import { explain } from "./explain.ts";
import { log } from "./log.ts";
import { plan } from "./plan.ts";
import { review } from "./review.ts";
import { show } from "./show.ts";
import { verify } from "./verify.ts";
import { workflows } from "./workflows.ts";

export const COMMANDS: readonly Subcommand[] = [
  show,
  log,
  diagram,
  doctor,
  explain,
  verify,
  review,
  plan,
  apply,
  drift,
  workflows,
];
