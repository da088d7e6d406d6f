/**
 * Takes one thing out of the safety net at a time, in a copy of the repository, and asks whether a test notices.
 * `node test/faults/mutations.ts [--only N,N] [--jobs 2] [--quick]`, by hand: it takes a while. Survivors are printed last.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

type Mutation = readonly [name: string, file: string, from: string, to: string];

const G = "provider/plan/guard";
export const MUTATIONS: readonly Mutation[] = [
  ["no watcher is started", `${G}/begin.ts`, "for w in 1 2; do ( exec", "for w in ; do ( exec"],
  [
    "one watcher only",
    `${G}/begin.ts`,
    "for w in 1 2; do ( exec",
    ': >"$T/alive.2"; echo 1 >"$T/alive.2"; for w in 1; do ( exec',
  ],
  ["applies without being armed", `${G}/begin.ts`, ': >"$T/armed"', ":"],
  [
    "does not wait for the watchers",
    `${G}/begin.ts`,
    'until [ -s "$T/alive.1" ] && [ -s "$T/alive.2" ]; do',
    "while false; do",
  ],
  [
    "the deadline is an hour off",
    `${G}/begin.ts`,
    `echo $((U + \${seconds})) >"$T/deadline"`,
    'echo $((U + 3600)) >"$T/deadline"',
  ],
  [
    "no lock",
    `${G}/begin.ts`,
    'if ! ln "$T/lock" "$D/lock" 2>/dev/null; then',
    'ln -f "$T/lock" "$D/lock"; if false; then',
  ],
  ["a lock never ends", `${G}/begin.ts`, `[ "\\\${until:-0}" -gt "$U" ]`, `[ "\\\${until:-0}" -gt 0 ]`],
  ["a lock that was left is never taken", `${G}/begin.ts`, 'if [ "$theirs" = "$boot" ] &&', "if [ 1 = 1 ] ||"],
  ["what a dead run left is not taken back", `${G}/begin.ts`, 'then sh "$D/tx.$run/undo.sh"; fi', "then :; fi"],
  ["what a dead run had confirmed is taken back", `${G}/begin.ts`, '&& [ ! -e "$D/tx.$run/confirmed" ]', ""],
  ["no compare and swap", `${G}/begin.ts`, "|| { say stale; leave; exit 0; }", "|| :"],
  ["no dry run", `${G}/begin.ts`, "step.test\n", "step.test && false\n"],
  [
    "a step that fails is passed over",
    `${G}/begin.ts`,
    '"s$n" >"$T/out" 2>&1 && continue',
    '"s$n" >"$T/out" 2>&1; continue',
  ],
  [
    "the apply goes on after the watchers have begun",
    `${G}/begin.ts`,
    '[ -e "$T/armed" ] || { say late; exit 0; }',
    ":",
  ],
  [
    "the step is not noted before it is done",
    `${G}/begin.ts`,
    'echo $n >"$T/doing" &&',
    'echo $((n - 1)) >"$T/doing" &&',
  ],
  [
    "a failing step is taken back although it is somebody else's",
    `${G}/begin.ts`,
    '*" $n "*) echo $n >"$T/never" ;;',
    '*" $n "*) : ;;',
  ],
  ["the folder may be anybody's", `${G}/begin.ts`, '[ ! -L "$D" ] && [ -O "$D" ] &&', ""],
  ["the watchers do not fire", `${G}/watch.ts`, '[ "$U" -ge "$deadline" ] &&', "false &&"],
  ["the watchers fire at once", `${G}/watch.ts`, '[ "$U" -ge "$deadline" ] &&', ""],
  ["no takeover", `${G}/watch.ts`, 'if [ "$missed" -ge 2 ]; then', "if false; then"],
  ["takeover from a living owner", `${G}/watch.ts`, "then missed=0; else", "then missed=$((missed + 1)); else"],
  ["the apply is not ended", `${G}/watch.ts`, 'end_process "$pid"; sleep 1;', ":;"],
  ["what the apply has started is not ended", `${G}/watch.ts`, '|| end_process "$child"', "|| :"],
  ["a dead confirm is not tidied up", `${G}/watch.ts`, '|| [ -e "$T/confirmed" ]; then', "; then"],
  ["the revert is not noted", `${G}/watch.ts`, 'echo "$RUN $verdict" >"$D/reverted"', ":"],
  [
    "the way back is in the order of the way there",
    `${G}/undo.ts`,
    '"u$n" >>"$T/undo.out" 2>&1 || :',
    '"u$((\\$(cat "$T/doing") + 1 - n))" >>"$T/undo.out" 2>&1 || :',
  ],
  [
    "the step begun last is not taken back",
    `${G}/undo.ts`,
    'read -r n <"$T/doing"',
    'read -r n <"$T/doing"; n=$((n - 1))',
  ],
  ["the manifest is not taken back", `${G}/undo.ts`, 'keep_manifest "$T/seen"', ":"],
  ["the way back is not judged", `${G}/undo.ts`, 'observe | cmp -s "$T/before" - && exit 0', "exit 0"],
  ["the way back is not tried again", `${G}/shell.ts`, "[ $rc -gt 128 ] || return $rc", "return $rc"],
  [
    "the way back inserts hooks twice",
    "provider/plan/iptables-steps.ts",
    'if (inserted.length === 0) return "";',
    'if (inserted.length >= 0) return "";',
  ],
  ["ends with the line", `${G}/shell.ts`, "trap '' HUP INT PIPE", ":"],
  ["anybody's lock is released", `${G}/shell.ts`, '[ "$run" != "$RUN" ] || rm -f "$D/lock"', 'rm -f "$D/lock"'],
  [
    "confirm does not ask whether it is late",
    `${G}/end.ts`,
    'if mv "$T/armed" "$T/confirmed" 2>/dev/null; then',
    'if rm -f "$T/armed"; : >"$T/confirmed"; then',
  ],
  [
    "nothing is persisted",
    `${G}/end.ts`,
    'const keep = boot === "" ? "forget" : "persist";',
    'const keep = boot === "" ? "forget" : ":";',
  ],
  ["a failure to persist is not told", `${G}/end.ts`, "|| { say unpersisted;", "|| { : unpersisted;"],
  ["a revert by the watchers is taken for a success", `${G}/end.ts`, 'say "$verdict"; else', "say confirmed; else"],
  ["no checksum", `${G}/disk.ts`, 'echo "# cksum $(cksum <"$T/boot")"', "echo"],
  ["the boot file before is not kept", `${G}/disk.ts`, `ln \${BOOT_FILE} \${BOOT_FILE}.prev;`, ":;"],
  [
    "the boot file is written in place",
    `${G}/disk.ts`,
    `} >\${BOOT_FILE}.new && sync &&`,
    `} >\${BOOT_FILE} && cp \${BOOT_FILE} \${BOOT_FILE}.new && sync &&`,
  ],
  ["no sync before the rename", `${G}/disk.ts`, `} >\${BOOT_FILE}.new && sync &&`, `} >\${BOOT_FILE}.new &&`],
  ["the root stays writable", `${G}/disk.ts`, '[ -e "$T/ro" ] || return 0', "return 0"],
  [
    "a full disk becomes read-only",
    `${G}/disk.ts`,
    'case $said in *ead-only*) ;; *) echo "$said"; return 1 ;; esac',
    ":",
  ],
  [
    "edits of others in rt_tables are overwritten",
    `${G}/disk.ts`,
    '|| { echo "$1 has been edited since it was read"; return 1; }',
    "|| :",
  ],
  [
    "edits of others in rt_tables go with the way back",
    `${G}/disk.ts`,
    'if cmp -s "$1" "$2"; then write_file',
    "if true; then write_file",
  ],
  [
    "the loader does not check the sum",
    "provider/kinds/boot-files.ts",
    '[ "$(tail -n 1 "$file")" = "# cksum $(sed \'$d\' "$file" | cksum)" ] && exec',
    "exec",
  ],
  [
    "the re-read is not compared",
    "provider/router/transaction.ts",
    "if (faults.length > 0) {",
    "if (faults.length < 0) {",
  ],
  ["no new flow", "provider/router/transaction.ts", "if (shut !== undefined)", "if (shut === null)"],
  [
    "the banner is not read",
    "provider/router/probe.ts",
    'let greeting = "";',
    'let greeting = "";\n    socket.on("connect", () => end());',
  ],
  [
    "a lost connection counts as done",
    "provider/router/router.ts",
    "if (!lostContact(error)) throw error;",
    "if (lostContact(error)) return;\n        throw error;",
  ],
  [
    "marks without a mask",
    "provider/plan/network-steps.ts",
    "mask === FULL_MASK ? formatMark",
    "mask !== 0 ? formatMark",
  ],
];

/** What is quick enough to be run for each of them. */
const TESTS = [
  ...[
    "test/plan/guard.test.ts",
    "test/plan/network-steps.test.ts",
    "test/rows/guard.test.ts",
    "test/rows/lock.test.ts",
  ],
  ...["test/faults/busybox.test.ts", "test/faults/nft.test.ts", "test/boot/boot.test.ts"],
];

async function caught(
  [, file, from, to]: Mutation,
  tests: readonly string[],
): Promise<"caught" | "survived" | "cannot be applied"> {
  const dir = mkdtempSync(join(tmpdir(), "multiwan-mutant-"));
  try {
    for (const part of [
      "provider",
      "stacks",
      "test",
      "package.json",
      "jest.config.js",
      "Pulumi.lab.yaml",
      "Pulumi.yaml",
      "tsconfig.json",
    ])
      cpSync(join(ROOT, part), join(dir, part), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
    const path = join(dir, file);
    const text = readFileSync(path, "utf8");
    if (!text.includes(from)) return "cannot be applied";
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
    // The quickest first: one test that fails is enough.
    for (const test of tests) if (!(await passes(dir, test))) return "caught";
    return "survived";
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function passes(dir: string, test: string): Promise<boolean> {
  const jest = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning", "node_modules/jest/bin/jest.js"];
  const child = spawn(process.execPath, [...jest, "--bail", "--silent", "--maxWorkers=1", "--forceExit", test], {
    ...{ cwd: dir, stdio: "ignore", detached: true },
  });
  const late = setTimeout(() => process.kill(-child.pid!, "SIGKILL"), 400_000);
  return new Promise((resolve) =>
    child.on("close", (code) => {
      clearTimeout(late);
      resolve(code === 0);
    }),
  );
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      quick: { type: "boolean", default: false },
      jobs: { type: "string", default: "2" },
    },
  });
  const only = values.only?.split(",").map(Number);
  const queue = MUTATIONS.map((mutation, i) => ({ mutation, n: i + 1 })).filter(({ n }) => !only || only.includes(n));
  const results: string[] = [];
  const lane = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const result = await caught(next.mutation, values.quick ? TESTS.slice(0, 4) : TESTS);
      results.push(result);
      console.log(`${result}: ${next.n} ${next.mutation[0]}`);
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, lane));
  const count = (result: string) => results.filter((r) => r === result).length;
  console.log(`${count("caught")} of ${results.length} caught, ${count("survived")} survived`);
}

if (process.argv[1] === import.meta.filename) await main();
