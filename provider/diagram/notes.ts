/** The steps of a walk in few words, as a picture has room for them. */
import { formatMark } from "../model/mark.ts";
import type { Walked } from "../proof/index.ts";
import { type SaidStep, saySteps } from "../walk/say-step.ts";
import type { Action, Step } from "../walk/step.ts";

/** What was decided and what was changed, each once. Jumps and rules that let pass are not worth a line on a picture. */
export function notesOf(walked: Walked): string[] {
  const said = saySteps(walked);
  let marks: Marks = { packet: 0, connection: 0 };
  const notes = walked.steps.flatMap((step, i) => {
    const note = noteOf(step, said[i]!, marks);
    marks = marksAfter(step, marks);
    return note ?? [];
  });
  return notes.filter((note, i) => !notes.slice(0, i).includes(note));
}

interface Marks {
  readonly packet: number;
  readonly connection: number;
}

function marksAfter(step: Step, marks: Marks): Marks {
  if (step.kind === "connection") return { ...marks, connection: step.mark };
  if (step.kind !== "chain rule") return marks;
  if (step.action.kind === "mark") return { ...marks, packet: step.action.mark };
  return step.action.kind === "connection mark" ? { ...marks, connection: step.action.mark } : marks;
}

/** undefined: nothing worth telling. @param before what the marks were */
function noteOf(step: Step, { at, text }: SaidStep, before: Marks): string | undefined {
  switch (step.kind) {
    case "policy rule":
      return `rule ${text}`;
    case "route":
      return `route ${text}`;
    case "connection":
      return text;
    case "translation":
      return `translated back: ${text}`;
    case "chain rule":
      return step.action.kind === "drop" ? `${at}: ${text}` : changeOf(step.action, before);
  }
}

function changeOf(action: Action, before: Marks): string | undefined {
  switch (action.kind) {
    case "destination":
      return `DNAT to ${action.address}:${action.port}`;
    case "source":
      return `SNAT to ${action.address}`;
    case "mark":
      if (action.mark === before.packet) return undefined;
      return `mark ${formatMark(action.mark)}${isRestored(action, before) ? ", restored from the connection" : ""}`;
    case "connection mark":
      return action.mark === before.connection ? undefined : `connection mark ${formatMark(action.mark)}`;
    default:
      return undefined;
  }
}

/** Bits that others keep in either mark make it another one. */
function isRestored(action: Extract<Action, { kind: "mark" }>, { connection }: Marks): boolean {
  return action.restored && action.mark === connection;
}
