/** All that doctor knows when it judges. */

import type { Fragment, Line } from "../../model/line.ts";
import type { Seen } from "../../observe/reading.ts";
import { type Live, liveOf } from "../../plan/live.ts";
import { ownersOf } from "../../plan/manifest.ts";
import { type Machine, machineOf } from "../../proof/index.ts";
import { withLines } from "../../site/declared.ts";
import type { Site } from "../../site/schema.ts";
import type { RouterSettings } from "../../ssh/settings.ts";
import { linksOf, type NamedLink } from "../links.ts";
import type { Look } from "../look.ts";
import { type DoctorFacts, factsOf } from "./facts.ts";

export interface Patient extends Seen {
  readonly project: string;
  readonly stack: string;
  readonly site: Site | undefined;
  readonly takeOverFrom: string | undefined;
  readonly live: Live;
  readonly facts: DoctorFacts;
  readonly links: readonly NamedLink[];
  readonly carrier: Look["carrier"];
  readonly answers: Look["answers"];
  /** Seconds since the router's boot. */
  readonly uptime: number;
  /** Seconds since 1970 where the operator is. */
  readonly now: number;
  readonly isForeign: (line: Line) => boolean;
}

export function patientOf(
  look: Pick<Look, "snapshot" | "manifest" | "operator" | "facts" | "part" | "carrier" | "answers" | "uptime">,
  stack: { readonly project: string; readonly name: string; readonly site: Site | undefined } & {
    readonly settings?: Pick<RouterSettings, "takeOverFrom">;
  },
  now: number,
): Patient {
  const { snapshot, manifest, operator, carrier, answers, uptime } = look;
  return {
    ...{ snapshot, manifest, carrier, answers, uptime, now },
    ...(operator && { operator }),
    ...{ project: stack.project, stack: stack.name, site: stack.site, takeOverFrom: stack.settings?.takeOverFrom },
    live: liveOf(snapshot),
    facts: factsOf(look),
    links: linksOf(stack.site, manifest, snapshot.tableNames.names),
    isForeign: (line) => ownersOf(manifest, line).length === 0,
  };
}

/** The router as it will be when what is declared has been applied. */
export function treated({ snapshot, live }: Pick<Patient, "snapshot" | "live">, declared: Fragment): Machine {
  const missing = declared.filter((line) => line.kind !== "file" && !live.has(line));
  return machineOf({ ...snapshot, ...withLines(snapshot, missing) });
}
