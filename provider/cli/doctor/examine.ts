/** Everything that doctor finds, in the order in which it is told. Pure. */
import { routerWarnings } from "../../coexistence/warnings.ts";
import { outlookOf } from "../../proof/outlook.ts";
import { abilities } from "./abilities.ts";
import { around } from "./around.ts";
import { connections } from "./connections.ts";
import { judgeSite } from "./declared.ts";
import { type Finding, unique } from "./finding.ts";
import { leftBehind } from "./left-behind.ts";
import { listeners } from "./listeners.ts";
import { type Patient, treated } from "./patient.ts";
import { pitfalls } from "./pitfalls.ts";
import { linkFindings, reversePath } from "./reverse-path.ts";
import { wayIn } from "./way-in.ts";

export function examine(patient: Patient): Finding[] {
  const { site, snapshot, manifest } = patient;
  const { findings, declared } = site
    ? judgeSite(patient, site)
    : { findings: connections(patient, outlookOf(snapshot, snapshot, manifest)), declared: [] };
  const machine = treated(patient, declared);
  const warnings = routerWarnings(snapshot).map((text): Finding => ({ level: "warning", about: "router", text }));
  // The first of two that say the same stays in its place.
  const told = new Set(warnings.map(({ text }) => text));
  return unique([
    ...abilities(patient),
    ...wayIn(patient),
    ...warnings,
    ...linkFindings(patient),
    ...findings.filter(({ text }) => !told.has(text)),
    ...leftBehind(patient),
    ...reversePath(patient, machine),
    ...listeners(patient, machine),
    ...pitfalls(patient),
    ...around(patient),
  ]);
}
