/** A plan as one POSIX sh script (dash, busybox ash). All decisions are in the plan; the script tests, does, or undoes. */
import { formatManifest, type Manifest } from "./manifest.ts";
import type { Plan } from "./plan.ts";
import { quote } from "./quote.ts";

export interface ScriptParts {
  readonly plan: Plan;
  /** Text of the manifest that the plan was made from: compare and swap. */
  readonly seen: string | undefined;
  readonly stateDir: string;
  /** Begins every line that the script says to us, so that no tool's output can be taken for one. */
  readonly nonce: string;
}

/** What the script reports, besides the snapshot that follows it. */
export type Outcome =
  | { readonly kind: "applied" }
  | { readonly kind: "stale" }
  | { readonly kind: "unusable"; readonly what: string }
  | {
      readonly kind: "failed";
      readonly step: number;
      readonly exitCode: number;
      readonly output: string;
      readonly undone: boolean;
    }
  | { readonly kind: "refused"; readonly step: number; readonly exitCode: number; readonly output: string };

export function applyScript({ plan, seen, stateDir, nonce }: ScriptParts): string {
  const files = Object.assign({}, ...plan.steps.map((step) => step.files)) as Record<string, string>;
  const { steps } = plan;
  return [
    head(stateDir, nonce),
    // Directories that anybody may write to are no place for what root will run.
    `mkdir -p "$D" && [ -d "$D" ] && [ ! -L "$D" ] && [ -O "$D" ] && chmod 700 "$D" || { say unusable "$D"; exit 0; }`,
    `rm -rf "$T" && mkdir "$T" || { say unusable "$T"; exit 0; }`,
    file(`seen`, seen ?? "", nonce),
    `if [ -e "$D/manifest" ]; then cmp -s "$D/manifest" "$T/seen"; else [ ! -s "$T/seen" ]; fi || { say stale; exit 0; }`,
    ...Object.entries(files).map(([name, text]) => file(name, text, nonce)),
    file("manifest", formatManifest(plan.manifest), nonce),
    file("undo.sh", undoText(plan, stateDir, nonce), nonce),
    WRITE_FILE,
    ...steps.map((step, i) => `s${i + 1}() { ${step.run}; }`),
    ...steps.flatMap((step, i) => (step.test ? [`t${i + 1}() { ${step.test}; }`] : [])),
    // Everything that can be tried dry is tried before the first change.
    ...steps.flatMap((step, i) =>
      step.test ? [`t${i + 1} >"$T/out" 2>&1 || { say refused ${i + 1} $?; cat "$T/out"; say end; exit 0; }`] : [],
    ),
    "n=0",
    `while [ $n -lt ${steps.length} ]; do n=$((n + 1))`,
    `  if "s$n" >"$T/out" 2>&1; then echo $n >"$T/done"; else`,
    '    rc=$?; say failed $n $rc; cat "$T/out"; say end',
    `    if sh "$T/undo.sh" $((n - 1)); then say undone; else say stuck; fi; exit 0`,
    "  fi",
    "done",
    manifestWrite(plan.manifest),
    "say applied",
  ].join("\n");
}

/** Takes back a transaction whose re-read was wrong. */
export function revertScript(plan: Plan, stateDir: string, nonce: string): string {
  return [head(stateDir, nonce), `if sh "$T/undo.sh" ${plan.steps.length}; then say undone; else say stuck; fi`].join(
    "\n",
  );
}

/** The inverse of the first $1 steps, last one first: a script of its own, so that it needs nobody to go on. */
function undoText(plan: Plan, stateDir: string, nonce: string): string {
  return [
    head(stateDir, nonce),
    WRITE_FILE,
    ...plan.steps.map((step, i) => `u${i + 1}() { ${step.undo}; }`),
    "n=$1; bad=0",
    'while [ $n -ge 1 ]; do "u$n" >>"$T/undo.out" 2>&1 || bad=1; n=$((n - 1)); done',
    `if [ -s "$T/seen" ]; then cp "$T/seen" "$D/manifest.new" && mv "$D/manifest.new" "$D/manifest" || bad=1; else rm -f "$D/manifest"; fi`,
    "exit $bad",
  ].join("\n");
}

function head(stateDir: string, nonce: string): string {
  return [
    "export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "umask 077",
    // Once started it runs to its end: the operator's line may break at any moment.
    "trap '' HUP INT PIPE",
    `D=${quote(stateDir)}; T=$D/tx`,
    `say() { echo "@@${nonce} $*"; }`,
  ].join("\n");
}

/**
 * Writes a file beside the old one and renames it, keeping owner and mode; an empty text removes it. A read-only root
 * is made writable for the moment of the write and read-only again.
 */
const WRITE_FILE = `write_file() {
  ro=
  if ! { mkdir -p "\${1%/*}" && touch "$1.mw"; } 2>/dev/null; then
    if command -v remountrw >/dev/null 2>&1; then remountrw; else mount -o remount,rw /; fi || return 1
    ro=1
  fi
  rc=0
  if [ -s "$2" ]; then
    umask 022
    { [ ! -e "$1" ] || cp -p "$1" "$1.mw"; } && mkdir -p "\${1%/*}" && cat "$2" >"$1.mw" && mv "$1.mw" "$1" || rc=1
    umask 077
  else
    rm -f "$1" || rc=1
  fi
  rm -f "$1.mw"
  if [ -n "$ro" ]; then
    sync
    if command -v remountro >/dev/null 2>&1; then remountro; else mount -o remount,ro /; fi || rc=1
  fi
  return $rc
}`;

function manifestWrite(manifest: Manifest): string {
  return manifest.size === 0
    ? `rm -f "$D/manifest"`
    : `mv "$T/manifest" "$D/manifest" || { say unusable "$D/manifest"; sh "$T/undo.sh" $n; exit 0; }`;
}

function file(name: string, text: string, nonce: string): string {
  const body = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  // Exact bytes: a text without its last newline is written by printf's own hand.
  const write =
    text === body
      ? `cat >"$T/${name}"`
      : `{ IFS= read -r l; while IFS= read -r m; do printf '%s\\n' "$l"; l=$m; done; printf %s "$l"; } >"$T/${name}"`;
  return `${write} <<'E${nonce}' || { say unusable "$T"; exit 0; }\n${body}E${nonce}`;
}

/** What the script said. undefined: it did not come to its end. */
export function parseOutcome(output: string, nonce: string): Outcome | undefined {
  const lines = output.split("\n");
  const said = lines.flatMap((line, at) =>
    line.startsWith(`@@${nonce} `) ? [{ words: line.split(" ").slice(1), at }] : [],
  );
  for (const [i, { words, at }] of said.entries()) {
    const [verb, a, b] = words;
    const text = lines
      .slice(at + 1, said[i + 1]?.at)
      .join("\n")
      .trim();
    if (verb === "applied" || verb === "stale") return { kind: verb };
    if (verb === "unusable") return { kind: verb, what: a ?? "" };
    if (verb === "refused") return { kind: verb, step: Number(a), exitCode: Number(b), output: text };
    if (verb === "failed")
      return {
        kind: verb,
        step: Number(a),
        exitCode: Number(b),
        output: text,
        undone: said.some((s) => s.words[0] === "undone"),
      };
  }
  return undefined;
}
