/** Events as text, close to what the CLI prints without a terminal. */
import { type ObjectDiff, objectDiff } from "./object-diff.ts";
import { printDiff, printObject } from "./printer.ts";
import type { ResourceState } from "./state.ts";
import { type Diagnostic, type Event, isCounted, isInternal, type StepOp } from "./steps.ts";
import { isStack, parseReference, stackType, urnName } from "./urn.ts";
import { unknownValue } from "./values.ts";

const signs: Record<StepOp, string> = {
  same: "  ",
  create: "+ ",
  update: "~ ",
  delete: "- ",
  replace: "+-",
  "create-replacement": "++",
  "delete-replaced": "--",
  read: "> ",
  "read-replacement": ">>",
  discard: "< ",
  "remove-pending-replace": "~ ",
  refresh: "~ ",
};
const pastTense: Partial<Record<StepOp, string>> = {
  create: "created",
  update: "updated",
  delete: "deleted",
  replace: "replaced",
  same: "unchanged",
};
const summaryOrder = ["create", "update", "delete", "replace"] as const;

export interface Display {
  /** Text to print for an event; empty for most. */
  render(event: Event): string;
  /** The closing block of a phase. */
  finish(seconds: number): string;
}

export type Summary = Partial<Record<StepOp, number>>;

export function createDisplay(isDiff: boolean): Display {
  let dryRun = false;
  let summary: Summary = {};
  let failures = 0;
  let diagnostics: Diagnostic[] = [];
  let outputs: string[] = [];
  const seen = new Map<string, { state: ResourceState; isShown: boolean }>();

  function header(
    op: StepOp,
    state: ResourceState,
    old: ResourceState | undefined,
    next: ResourceState | undefined,
  ): string {
    const depth = indentOf(state, seen);
    const blank = "    ".repeat(depth);
    const lock = next?.protect || old?.protect ? " 🔒" : "";
    const retain = old?.retainOnDelete && /delete|replace/.test(op) ? "[retain]" : "";
    const lines = [`${blank}${signs[op]}${state.type}: (${op}${retain})${lock}`];
    if (old?.id) lines.push(`${blank}    [id=${old.id}]`);
    lines.push(`${blank}    [urn=${state.urn}]`);
    const provider = providerText(old, next);
    if (provider) lines.push(`${blank}    ${provider}`);
    return `${lines.join("\n")}\n`;
  }

  function details(
    op: StepOp,
    old: ResourceState | undefined,
    next: ResourceState | undefined,
    indent: number,
  ): string {
    if (op === "same") return "";
    if (!old && next) return printObject(next.inputs, indent, " ");
    if (old && !next) return printObject(old.inputs, indent, " ");
    /** Once there are outputs they are compared instead, as in a replacement whose new half exists. */
    const side = Object.keys(next!.outputs).length ? "outputs" : "inputs";
    const diff = objectDiff(old![side], next![side]);
    return diff ? printDiff(diff, indent) : printObject(next![side], indent, " ");
  }

  function isShown(op: StepOp, state: ResourceState): boolean {
    if (isInternal(state)) return false;
    if (isStack(state.urn)) return true;
    if (op === "same" || op === "refresh") return false;
    return !(isDiff && /create-replacement|delete-replaced|read-replacement/.test(op));
  }

  function progressLine(op: StepOp, state: ResourceState, text: string): string {
    return ` ${signs[op]} ${state.type} ${urnName(state.urn)} ${text}`.trimEnd().concat("\n");
  }

  function begun(event: Event & { kind: "phase" }): string {
    dryRun = event.dryRun;
    summary = {};
    failures = 0;
    diagnostics = [];
    outputs = [];
    seen.clear();
    return `${event.title}:\n`;
  }

  function started({ op, old, new: next }: Event & { kind: "start" }): string {
    const state = (next ?? old)!;
    const shown = isShown(op, state);
    seen.set(state.urn, { state, isShown: shown });
    return shown && isDiff ? header(op, state, old, next) + details(op, old, next, indentOf(state, seen) + 1) : "";
  }

  function done(event: Event & { kind: "done" }): string {
    const { op } = event;
    const state = (event.new ?? event.old)!;
    if (isCounted(event) && !isInternal(state)) summary[op] = (summary[op] ?? 0) + 1;
    if (!isShown(op, state)) return "";
    if (isDiff) return refreshed(event, state);
    return progressLine(op, state, dryRun ? op : (pastTense[op] ?? op)) + changedKeys(event);
  }

  /** Its details are shown as it starts, but what a refresh finds. */
  function refreshed({ op, of, old, new: next }: Event & { kind: "done" }, state: ResourceState): string {
    if (of !== "refresh" || op === "same") return "";
    return header(op, state, old, next) + (op === "update" ? details(op, old, next, 2) : "");
  }

  function diagnosed({ diagnostic }: Event & { kind: "diagnostic" }): string {
    if (diagnostic.severity === "debug" || diagnostic.ephemeral) return "";
    diagnostics.push(diagnostic);
    return isDiff ? `${withSeverity(diagnostic)}\n` : "";
  }

  function stackOutputs({ old, state }: Event & { kind: "outputs" }): string {
    if (!isStack(state.urn)) return "";
    const text = outputText(old, state, dryRun);
    outputs = [text];
    return isDiff && text ? `    --outputs:--\n${text}` : "";
  }

  return {
    render(event) {
      switch (event.kind) {
        case "phase":
          return begun(event);
        case "start":
          return started(event);
        case "done":
          return done(event);
        case "failed":
          failures += 1;
          return isDiff ? "" : progressLine(event.op, event.state, `**${event.op} failed**`);
        case "diagnostic":
          return diagnosed(event);
        case "outputs":
          return stackOutputs(event);
      }
    },
    finish(seconds) {
      const blocks: string[] = [];
      if (!isDiff && diagnostics.length) blocks.push(diagnosticText(diagnostics));
      if (!isDiff && outputs[0]) blocks.push(`Outputs:\n${outputs[0]}`);
      blocks.push(summaryText(summary, failures, dryRun));
      if (!dryRun) blocks.push(`Duration: ${Math.ceil(seconds)}s\n`);
      return isDiff ? blocks.join("\n") : `${blocks.join("\n")}\n`;
    },
  };
}

/** "" for the one that is there by itself. */
function providerText(old: ResourceState | undefined, next: ResourceState | undefined): string {
  const before = old?.provider ?? "";
  const after = next?.provider ?? before;
  if (old && next && before !== after) return `[provider: ${before} => ${after}]`;
  return after && urnName(parseReference(after).urn) !== "default" ? `[provider=${after}]` : "";
}

function changedKeys(event: Event & { kind: "done" }): string {
  if (event.op !== "update" || !event.old || !event.new) return "";
  const diff = objectDiff(event.old.inputs, event.new.inputs);
  if (!diff) return "";
  const name = (sign: string, keys: Iterable<string>) => [...keys].map((key) => `${sign}${key}`);
  const keys = [...name("+", diff.adds.keys()), ...name("-", diff.deletes.keys()), ...name("~", diff.updates.keys())];
  return `     [diff: ${keys.join(",")}]\n`;
}

function indentOf(state: ResourceState, seen: ReadonlyMap<string, { state: ResourceState; isShown: boolean }>): number {
  let depth = 0;
  for (let parent = seen.get(state.parent); parent; parent = seen.get(parent.state.parent))
    if (parent.isShown) depth += 1;
  return depth;
}

function outputText(old: ResourceState | undefined, state: ResourceState, dryRun: boolean): string {
  const before = old?.outputs ?? {};
  const found = objectDiff(before, state.outputs);
  const diff = found && dryRun ? withoutUnknowns(found) : found;
  if (!diff) return dryRun && old ? "" : printObject(state.outputs, 1, " ");
  return Object.keys(before).length ? printDiff(diff, 1, !dryRun) : printObject(state.outputs, 1, " ");
}

/** In a preview, an output that is merely unknown says nothing. */
function withoutUnknowns(diff: ObjectDiff): ObjectDiff {
  const updates = [...diff.updates]
    .filter(([, update]) => update.new !== unknownValue)
    .map(
      ([key, update]) => [key, update.object ? { ...update, object: withoutUnknowns(update.object) } : update] as const,
    );
  return { ...diff, updates: new Map(updates) };
}

const withSeverity = ({ severity, message }: Diagnostic) =>
  (severity === "info" ? message : `${severity}: ${message}`).trimEnd();

function diagnosticText(diagnostics: readonly Diagnostic[]): string {
  const byUrn = Map.groupBy(diagnostics, ({ urn }) => (urn === "" || isStack(urn) ? "" : urn));
  const sections = [...byUrn].map(([urn, list]) => {
    const title = urn ? `${urn.split("::")[2]!.split("$").at(-1)} (${urnName(urn)})` : stackType;
    const text = list.map(withSeverity).join("\n").replaceAll("\n", "\n    ");
    return `  ${title}:\n    ${text}\n`;
  });
  return `Diagnostics:\n${sections.join("\n")}`;
}

function summaryText(summary: Summary, failures: number, dryRun: boolean): string {
  const changed = summaryOrder.filter((op) => summary[op]);
  const lines = changed.map((op) => `    ${signs[op]}${summary[op]} ${dryRun ? `to ${op}` : pastTense[op]}`);
  const total = changed.reduce((sum, op) => sum + summary[op]!, 0);
  const pieces = changed.length >= 2 ? [`${total} changes`] : [];
  if (summary.same) pieces.push(`${summary.same} unchanged`);
  if (pieces.length) lines.push(`    ${pieces.join(". ")}`);
  if (failures) lines.push(`    ${failures} errored`);
  return `Resources:\n${lines.join("\n")}\n`;
}
