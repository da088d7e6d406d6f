import { formatManifest } from "../plan/manifest.ts";
import type { Plan } from "../plan/plan.ts";
import type { Step } from "../plan/step.ts";
import { arm } from "./arm.ts";
import { WRITE_FILE } from "./disk.ts";
import { LINES } from "./lines.ts";
import { type Holder, lock, PREPARE } from "./lock.ts";
import { END_LOG } from "./log.ts";
import { observeFunctions } from "./observe.ts";
import { file, head, type Run } from "./shell.ts";
import { undoScript } from "./undo.ts";
import { watchScript } from "./watch.ts";

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
export function beginScript(begin: Beginning): string {
  const { plan, seen, iptables, nonce } = begin;
  const { steps } = plan;
  const files: Record<string, string> = Object.assign({}, ...steps.map((step) => step.files));
  return [
    head(begin),
    // A connection that was given up may deliver it late.
    `uptime_now; [ "$U" -le ${begin.notAfter} ] || { say expired; exit 0; }`,
    PREPARE,
    lock(begin),
    // Rules that end by themselves in the middle are no ground to count positions on.
    `${END_LOG}\nend_log`,
    file("seen", seen ?? "", nonce),
    `if [ -e "$D/manifest" ]; then cmp -s "$D/manifest" "$T/seen"; else [ ! -s "$T/seen" ]; fi || { say stale; leave; exit 0; }`,
    ...Object.entries(files).map(([name, text]) => file(name, text, nonce)),
    ...(plan.manifest.size === 0 ? [] : [file("manifest", formatManifest(plan.manifest, plan.head), nonce)]),
    ...(plan.boot === undefined ? [] : [file("boot", plan.boot, nonce)]),
    file("undo.sh", `${undoScript(begin)}\n`, nonce),
    file("watch.sh", `${watchScript(begin)}\n`, nonce),
    file("apply.sh", `${applyScript(plan, begin)}\n`, nonce),
    // Everything that can be tried dry is tried before the first change.
    ...steps.flatMap((step, i) =>
      step.test
        ? [
            `{ ${step.test}; } >"$T/out" 2>&1 || { say refused ${i + 1} $?; cat "$T/out"; echo; say end; leave; exit 0; }`,
          ]
        : [],
    ),
    observeFunctions(steps, iptables),
    `observe >"$T/before"`,
    // A process was short for it: a rollback could not be judged by that, and the caller reads and plans again.
    `is_whole "$T/before" || { leave; exit 0; }`,
    arm(begin),
    `sh "$T/apply.sh" </dev/null`,
  ].join("\n");
}

/** A step that is one command of its own either happened or it failed. */
const isOneCommand = (step: Step) => step.files === undefined;

/** A process of its own, so that the watchers can stop it; it stops by itself when they have begun. */
function applyScript(plan: Plan, run: Run): string {
  return [
    head(run),
    'echo $$ >"$T/pid"',
    WRITE_FILE,
    LINES,
    ...plan.steps.map((step, i) => `s${i + 1}() { ${step.run}; }`),
    `s${plan.steps.length + 1}() { ${plan.manifest.size === 0 ? "drop_manifest" : 'keep_manifest "$T/manifest"'}; }`,
    `n=0
while [ $n -le ${plan.steps.length} ]; do
  n=$((n + 1))
  [ -e "$T/armed" ] || { say late; exit 0; }
  echo $n >"$T/doing" && "s$n" >"$T/out" 2>&1 && continue
  rc=$?
  # What is there already, and makes it fail, is somebody else's, whoever takes back.
  case " ${plan.steps.flatMap((step, i) => (isOneCommand(step) ? [i + 1] : [])).join(" ")} " in *" $n "*) echo $n >"$T/never" ;; esac
  mv "$T/armed" "$T/firing" 2>/dev/null || { say late; exit 0; }
  say failed $n $rc; cat "$T/out"; echo; say end
  roll_back; exit 0
done`,
    "say applied",
  ].join("\n");
}
