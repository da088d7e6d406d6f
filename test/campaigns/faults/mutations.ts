/**
 * Takes one thing out of the safety net at a time (mutants/), in a copy of the repository, and asks whether a test notices.
 * `npm run mutations -- [--only N,N] [--jobs 2] [--quick] [--random [--cases N]] [--list]`, by hand: it takes a while. Survivors are printed last.
 * `--random` asks only lives and faults on random routers (random-routers.ts). A mutant whose text is not in its file any more is a fault of the list: nothing is run then.
 */
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { MUTATIONS } from "./mutants/index.ts";
import type { Mutation } from "./mutants/mutation.ts";
import { countedCommands, shownBy } from "./random-routers.ts";

/** Arguments of jest, the quickest first: one shell and one variant of iptables notice nearly as much as all of them. */
const QUICK: readonly (readonly string[])[] = [
  [
    "test/guard/lock.test.ts",
    "test/guard/watchers.test.ts",
    "test/guard/late.test.ts",
    "test/guard/scarce.test.ts",
    "-t",
    "with dash",
  ],
  ["test/guard/guard.test.ts", "-t", "with dash"],
  ["test/guard/disk.test.ts", "-t", "with dash"],
  ["test/guard/loader.test.ts", "test/plan/network-steps.test.ts"],
  ["test/plan/iptables-steps.test.ts", "test/plan/iptables-real.test.ts"],
  [
    "test/ssh/probe.test.ts",
    "test/transact/proof.test.ts",
    "test/observe/snapshot.test.ts",
    "test/observe/unfit.test.ts",
  ],
  ["test/any-router/captured-way-in.test.ts", "test/any-router/other-shells.test.ts"],
  ["test/rows/guard.test.ts", "-t", "iptables nft"],
  ["test/rows/lock.test.ts"],
];
const TESTS: readonly (readonly string[])[] = [
  ...QUICK,
  ["test/any-router"],
  ["test/campaigns/faults/random.test.ts"],
  ["test/campaigns/lives/lives.test.ts"],
  ["test/boot/boot.test.ts"],
  ["test/campaigns/faults/nft.test.ts"],
  ["test/campaigns/faults/busybox.test.ts"],
  ["test/guard/disk.test.ts"],
  ["test/guard/guard.test.ts"],
  ["test/rows/guard.test.ts"],
];

const PARTS = [
  ...["provider", "stacks", "scripts", "test", "package.json", "jest.config.js", "tsconfig.json"],
  ...["Pulumi.lab.yaml", "Pulumi.yaml"],
];

/** A copy of the repository for `use`, with the mutant in it. */
async function copied<T>(mutation: Mutation | undefined, use: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), "multiwan-mutant-"));
  try {
    for (const part of PARTS) cpSync(join(ROOT, part), join(dir, part), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
    if (mutation) {
      const [, file, from, to] = mutation;
      const path = join(dir, file);
      const text = readFileSync(path, "utf8");
      writeFileSync(
        path,
        text.replace(from, () => to),
      );
      // The provider runs the shell files by way of the module made of them.
      if (file.endsWith(".sh")) execFileSync(process.execPath, [join(dir, "scripts/embed-shell.ts")]);
    }
    return await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** @returns the test that noticed; undefined for a survivor */
function noticedBy(mutation: Mutation | undefined, tests: readonly (readonly string[])[]): Promise<string | undefined> {
  return copied(mutation, async (dir) => {
    // One test that fails is enough: that of the file's own name first.
    const name = mutation && `/${basename(mutation[1]).replace(/\.\w+$/, "")}.test.ts`;
    const own = (test: readonly string[]) => (name && test.some((file) => file.endsWith(name)) ? 0 : 1);
    for (const test of tests.toSorted((a, b) => own(a) - own(b))) if (!(await passes(dir, test))) return test.join(" ");
    return undefined;
  });
}

/** Mutants whose text is not there, or there twice: which of the two would be meant? */
export function misfits(): string[] {
  return MUTATIONS.flatMap(([name, file, from]) => {
    const times = readFileSync(join(ROOT, file), "utf8").split(from).length - 1;
    return times === 1 ? [] : [`${name}: ${times} times in ${file}: ${from}`];
  });
}

function passes(dir: string, test: readonly string[]): Promise<boolean> {
  const jest = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning", "node_modules/jest/bin/jest.js"];
  const child = spawn(process.execPath, [...jest, "--bail", "--silent", "--maxWorkers=1", "--forceExit", ...test], {
    ...{ cwd: dir, stdio: "ignore", detached: true, env: { ...process.env, TEST_ALL: "1" } },
  });
  const late = setTimeout(() => process.kill(-child.pid!, "SIGKILL"), 400_000);
  return new Promise((resolve) =>
    child.on("close", (code) => {
      clearTimeout(late);
      resolve(code === 0);
    }),
  );
}

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      quick: { type: "boolean", default: false },
      random: { type: "boolean", default: false },
      cases: { type: "string", default: "16" },
      jobs: { type: "string", default: "2" },
      list: { type: "boolean", default: false },
    },
  });
  const bad = misfits();
  if (bad.length > 0) throw new Error(`these mutants fit no more:\n${bad.join("\n")}`);
  if (values.list) return void MUTATIONS.forEach(([name, file], i) => void console.log(`${i + 1} ${file}: ${name}`));
  const tests = values.quick ? QUICK : TESTS;
  const only = values.only?.split(",").map(Number);
  const chosen = MUTATIONS.map((mutation, i) => ({ mutation, n: i + 1 }))
    .filter(({ n }) => !only || only.includes(n))
    .filter(({ mutation }) => !values.random || mutation[4].length > 0);
  const total = chosen.length;
  const asking = { cases: Number(values.cases), counts: values.random ? await countedCommands(ROOT) : "" };
  // The sources as they are go with them: what fails there says nothing of the mutants that it has caught.
  const queue: { mutation?: Mutation; n: number }[] = [...(values.random ? [] : [{ n: 0 }]), ...chosen];
  const survivors: string[] = [];
  let broken: string | undefined;
  const ask = (mutation: Mutation | undefined) =>
    mutation && values.random
      ? copied(mutation, (dir) => shownBy(mutation, dir, ROOT, asking))
      : noticedBy(mutation, tests);
  const lane = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { mutation, n } = next;
      const test = await ask(mutation);
      console.log(said(mutation, n, test));
      if (!mutation) broken = test;
      else if (!test) survivors.push(`${n} ${mutation[0]}`);
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, lane));
  console.log(
    `${total - survivors.length} of ${total} caught\n${survivors.map((name) => `survived: ${name}`).join("\n")}`,
  );
  if (broken) console.log(`worth nothing, where this test has noticed it: ${broken}`);
  process.exitCode = survivors.length > 0 || broken ? 1 : 0;
}

function said(mutation: Mutation | undefined, n: number, test: string | undefined): string {
  if (!mutation) return test ? `FAILS WITHOUT ANY MUTANT: ${test}` : "without any mutant: all tests pass";
  return test ? `caught: ${n} ${mutation[0]} (${test})` : `survived: ${n} ${mutation[0]}`;
}

if (process.argv[1] === import.meta.filename) await main();
