/** Who else is on this router, which numbers are theirs and which are free. Pure. */

import type { Footprint } from "../../coexistence/footprints.ts";
import { sayMask, sayPriorities, sayTables } from "../../coexistence/free.ts";
import { neighbourOf, present } from "../../coexistence/recognise.ts";
import { formatLine } from "../../dialects/fragment.ts";
import { isInKernelPlace } from "../../model/kernel-rules.ts";
import type { RuleLine } from "../../model/line.ts";
import { formatMark } from "../../model/mark.ts";
import { siteMask } from "../../site/numbers.ts";
import type { Finding, Level } from "./finding.ts";
import type { Patient } from "./patient.ts";

const SHOWN = 5;

export function around(patient: Patient): Finding[] {
  const { snapshot, isForeign } = patient;
  const foreign = snapshot.rules.filter((rule) => isForeign(rule) && !isInKernelPlace(rule));
  const known = present(snapshot).map((footprint) => neighbour(footprint, patient, foreign));
  const nobodys = foreign.filter((rule) => neighbourOf(rule, snapshot) === undefined);
  const names = snapshot.tableNames.names;
  const texts = nobodys.slice(0, SHOWN).map((rule) => formatLine(rule, names)[0]!);
  const more = nobodys.length > SHOWN ? [`and ${nobodys.length - SHOWN} more`] : [];
  return [
    ...known,
    ...(texts.length > 0
      ? [say("note", ["policy rules of others, who are not known:", ...texts, ...more].join("\n"))]
      : []),
    say(
      "ok",
      [sayPriorities(snapshot), sayTables(snapshot), sayMask(snapshot) ?? "no four bits of marks are free"].join("; "),
    ),
  ];
}

const say = (level: Level, text: string, todo?: string): Finding => ({
  ...{ level, about: "neighbours", text },
  ...(todo !== undefined && { todo }),
});

function neighbour(
  { name, mask, chains }: Footprint,
  { snapshot, site }: Patient,
  foreign: readonly RuleLine[],
): Finding {
  const own = foreign.filter((rule) => neighbourOf(rule, snapshot) === name).map(({ priority }) => priority);
  const made = Object.entries(snapshot.iptables).flatMap(([table, rules]) =>
    [...rules.chains.keys()].filter((chain) => chains?.test(chain)).map((chain) => `${table} ${chain}`),
  );
  const ours = site && siteMask(site.mask, Object.values(site.links));
  const shared = mask !== undefined && ours !== undefined ? (mask & ours) >>> 0 : 0;
  const parts = [
    ...(mask !== undefined ? [`marks in ${formatMark(mask)}`] : []),
    ...(own.length > 0 ? [`priorities ${[...new Set(own)].join(", ")}`] : []),
    ...(made.length > 0 ? [`chains ${made.slice(0, SHOWN).join(", ")}${made.length > SHOWN ? ", ..." : ""}`] : []),
  ];
  const text = `${name} is here${parts.length > 0 ? `: ${parts.join("; ")}` : ""}`;
  if (shared === 0) return say("note", text);
  const free = sayMask(snapshot);
  return say(
    "warning",
    `${text}; the bits ${formatMark(shared)} are in the mask of this site (${formatMark(ours!)}) too`,
    free === undefined ? "take a mask without them" : `take another mask: ${free.replace("free here: ", "")}`,
  );
}
