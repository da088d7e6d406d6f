/** What earlier changes have left on the router: locks, changes that hang, lines that were altered, the boot file. Pure. */

import { isHeld } from "../../guard/lock.ts";
import { BOOT_FILE } from "../../kinds/boot-files.ts";
import { escaped } from "../../model/printable.ts";
import { bootDrift } from "../../plan/boot.ts";
import { driftOf } from "../../plan/drift.ts";
import { managedLines } from "../../plan/manifest.ts";
import { persists } from "../../plan/owner-kind.ts";
import { overtaken, sayOvertaken } from "../../proof/overtaken.ts";
import { units } from "../numbers.ts";
import type { Finding, Level } from "./finding.ts";
import type { Patient } from "./patient.ts";

const SHOWN = 8;

export function leftBehind(patient: Patient): Finding[] {
  const found = [
    ...lockOf(patient),
    ...transactionsOf(patient),
    ...revertedOf(patient),
    ...drift(patient),
    ...overtaken(patient.snapshot, patient.manifest).map((one) => say("problem", escaped(sayOvertaken(one)))),
    ...boot(patient),
  ];
  return found.length > 0
    ? found
    : [say("ok", "no lock, no change under way, and all managed lines as they were left")];
}

const say = (level: Level, text: string, todo?: string): Finding => ({
  ...{ level, about: "left behind", text },
  ...(todo !== undefined && { todo }),
});

function isChanging({ facts: { lock }, snapshot, uptime }: Pick<Patient, "facts" | "snapshot" | "uptime">): boolean {
  return lock !== undefined && !snapshot.unconfirmed && isHeld(lock, snapshot.bootId, uptime);
}

function lockOf(patient: Patient): Finding[] {
  const { lock, facts } = patient.facts;
  const { stateDir } = patient.snapshot.capabilities;
  if (facts.has("state-shut"))
    return [say("note", `${stateDir} is only readable for root: whether a change is under way is not known`)];
  // The transaction is told.
  if (!lock || patient.snapshot.unconfirmed) return [];
  const who = lock.who || "somebody";
  if (isChanging(patient)) {
    const left = units.duration(lock.until - patient.uptime);
    return [say("note", `${who} is changing this router; the lock ends by itself in ${left} at the latest`)];
  }
  return [
    say(
      "warning",
      `the lock of ${who} was left behind (${stateDir}/lock): its time is over`,
      "the next pulumi up takes it over, and rolls back what was not confirmed; there is nothing to do by hand",
    ),
  ];
}

function transactionsOf(patient: Patient): Finding[] {
  if (isChanging(patient)) return [];
  const { stateDir } = patient.snapshot.capabilities;
  return patient.facts.transactions.map(({ name, phase }) =>
    phase === "confirmed"
      ? say(
          "note",
          `${stateDir}/${name} is a confirmed change that nobody has tidied up after`,
          "the next pulumi up does",
        )
      : say(
          "problem",
          `${stateDir}/${name} is a change that was never confirmed (${phase}), and the router has not rolled it back`,
          "run pulumi up: it takes that back first",
        ),
  );
}

function revertedOf({ facts: { reverted }, snapshot }: Patient): Finding[] {
  const { stateDir } = snapshot.capabilities;
  if (reverted === "undone")
    return [
      say(
        "note",
        "the last change was not confirmed in time, and the router has rolled it back by itself",
        "run pulumi up again; docs/troubleshooting.md tells why a confirmation may not come",
      ),
    ];
  if (reverted === "unpersisted")
    return [
      say(
        "problem",
        "the last change is in force, but could not be written to the disk: a reboot would undo it",
        "see to the file system, then run pulumi up",
      ),
    ];
  if (reverted === undefined) return [];
  return [
    say(
      "problem",
      `the last change was not confirmed, and the router could not take all of it back (${stateDir}/reverted: ${reverted})`,
      "look at the router's log (logread, journalctl -t multiwan), then run pulumi up",
    ),
  ];
}

function drift({ manifest, snapshot, live }: Patient): Finding[] {
  const recorded = managedLines(manifest);
  const lines = driftOf(live, recorded, recorded, () => false, snapshot.tableNames.names);
  if (lines.length === 0) return [];
  return [say("warning", listed("the router is not as it was left:", lines), "pulumi up mends it")];
}

function boot({ manifest, snapshot, facts: { facts } }: Patient): Finding[] {
  const ours = managedLines(manifest);
  if (ours.length === 0) return [];
  if (!persists(manifest))
    return [
      say(
        "note",
        "the managed lines are gone after a reboot: nothing here persists them",
        "persist: true in the site, or a BootConfig",
      ),
    ];
  const lines = bootDrift(manifest, snapshot);
  const older = facts.get(`file:${BOOT_FILE}.prev`) === "whole" ? "the one before it" : "nothing";
  return [
    ...(facts.get(`file:${BOOT_FILE}`) === "damaged"
      ? [say("problem", `${BOOT_FILE} is damaged: a reboot would bring back ${older}`, "pulumi up writes it again")]
      : []),
    ...(lines.length > 0
      ? [
          say(
            "warning",
            listed("a reboot would not bring back what is in force:", lines),
            "pulumi up writes the boot file again",
          ),
        ]
      : []),
  ];
}

function listed(head: string, lines: readonly string[]): string {
  const rest = lines.length > SHOWN ? [`and ${lines.length - SHOWN} more`] : [];
  return [head, ...lines.slice(0, SHOWN), ...rest].join("\n");
}
