/** Steps for whole files of ours: the loader of the boot file and its hooks. */

import { command, quote } from "../dialects/quote.ts";
import type { FileLine, Line } from "../model/line.ts";
import type { Live } from "./live.ts";
import type { Owned } from "./settlement.ts";
import { source } from "./source.ts";
import { type OfKind, phaseOf, putPhase, removal, type Step } from "./step.ts";

type OwnedFile = Owned & { line: OfKind<"file"> };

export function fileSteps(put: readonly Owned[], drop: readonly Owned[], live: Live): Step[] {
  return [
    ...put.filter(isFile).map((owned, i): Step => {
      const before = live.inSlot(owned.line).find(isFileLine);
      return fileStep(owned, putPhase(owned), `file.${i}`, before, owned.line);
    }),
    ...drop
      .filter(isFile)
      .map((owned, i) => fileStep(owned, removal(phaseOf(owned)), `gone.${i}`, owned.line, undefined)),
  ];
}

function fileStep(
  { owner, line }: OwnedFile,
  phase: number,
  name: string,
  from: FileLine | undefined,
  to: FileLine | undefined,
): Step {
  return {
    phase,
    owners: [owner],
    disk: true,
    touches: [line],
    what: `${to ? "write" : "remove"} ${line.path}`,
    run: change(line.path, `${name}.do`, to),
    undo: change(line.path, `${name}.undo`, from),
    files: { ...source(`${name}.do`, to?.text), ...source(`${name}.undo`, from?.text) },
  };
}

function change(path: string, from: string, to: FileLine | undefined): string {
  if (to?.mode === "link") return command("write_link", path, to.text.trim());
  return `write_file ${quote(path)} "$T/${from}" ${to?.mode ?? ""}`.trim();
}

function isFile(owned: Owned): owned is OwnedFile {
  return isFileLine(owned.line);
}

function isFileLine(line: Line): line is FileLine {
  return line.kind === "file";
}
