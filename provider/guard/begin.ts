import type { Script } from "../dialects/script.ts";
import { formatManifest } from "../plan/manifest.ts";
import type { Plan } from "../plan/plan.ts";
import type { Step } from "../plan/step.ts";
import { APPLY, BEGIN, DISK, END_LOG, LINES, LOCK, PAUSE, PERSIST, UNDO, WATCH } from "./bodies.ts";
import type { Holder } from "./lock.ts";
import { isObserved, observeFunctions } from "./observe.ts";
import { file, keepBodies, keepScript, type Run, scriptWith, type Values } from "./shell.ts";

export interface Beginning extends Run, Holder {
  readonly plan: Plan;
  /** Text of the manifest that the plan was made from: compare and swap. */
  readonly seen: string | undefined;
  /** Command name of the router's iptables variant, without -save. */
  readonly iptables: string;
  /** Second of the router's uptime after which the script does not begin any more: nobody waits for its answer. */
  readonly notAfter: number;
}

/** First exchange: lock, compare, try dry, arm, apply. Says what happened; the caller appends the re-read. */
export function beginScript(begin: Beginning): Script {
  const { plan, seen = "", iptables, nonce } = begin;
  const { steps } = plan;
  const files: Record<string, string> = Object.assign({}, ...steps.map((step) => step.files));
  const observing = observeFunctions(steps, iptables);
  const text = [
    "refuse_late",
    "prepare",
    "take_lock",
    // Rules that end by themselves in the middle are no ground to count positions on.
    "end_log",
    file("seen", seen, nonce),
    "refuse_stale",
    ...Object.entries(files).map(([name, text]) => file(name, text, nonce)),
    ...(plan.manifest.size === 0 ? [] : [file("manifest", formatManifest(plan.manifest, plan.head), nonce)]),
    ...(plan.boot === undefined ? [] : [file("boot", plan.boot, nonce)]),
    keepScript("undo.sh", begin, [DISK, LINES], `${observing}\n${inverses(steps)}`, UNDO),
    keepBodies("watch.sh", WATCHING),
    keepScript("apply.sh", begin, [DISK, LINES], commands(plan), APPLY),
    // Everything that can be tried dry is tried before the first change.
    ...steps.flatMap((step, i) => (step.test ? [`{ ${step.test}; } >"$T/out" 2>&1 || refused ${i + 1} $?`] : [])),
    observing,
    "look_before",
    "arm",
    `sh "$T/apply.sh" </dev/null`,
  ].join("\n");
  return scriptWith(begin, valuesOf(begin), [LOCK, END_LOG, BEGIN], text, [...WATCHING, LINES, UNDO, APPLY]);
}

const WATCHING = [DISK, PERSIST, PAUSE, WATCH];

function valuesOf({ plan, seen = "", ...begin }: Beginning): Values {
  return {
    ...{ LIMIT: begin.seconds, WHO: begin.who, NOT_AFTER: begin.notAfter, STEPS: plan.steps.length },
    ALONE: numbers(plan.steps, isOneCommand),
    UNSEEN: numbers(plan.steps, (step) => !isObserved(step)),
    LISTED: seen === "" ? "" : 1,
  };
}

/** From 1, in a row. */
const numbers = (steps: readonly Step[], which: (step: Step) => boolean) =>
  steps.flatMap((step, i) => (which(step) ? [i + 1] : [])).join(" ");

/** A step that is one command of its own either happened or it failed. */
const isOneCommand = (step: Step) => step.files === undefined;

/** `s1`, `s2`...: what the steps do; after the last one comes the manifest. */
function commands({ steps, manifest }: Plan): string {
  const list = manifest.size === 0 ? "drop_manifest" : 'keep_manifest "$T/manifest"';
  return [...steps.map(({ run }) => run), list].map((run, i) => `s${i + 1}() { ${run}; }`).join("\n");
}

/** `u1`, `u2`...: what takes them back; the manifest is taken back by every way back. */
function inverses(steps: readonly Step[]): string {
  return [...steps.map(({ undo }) => undo), ":"].map((undo, i) => `u${i + 1}() { ${undo}; }`).join("\n");
}
