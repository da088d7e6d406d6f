/**
 * F7, `npm run cuts -- [--seed N] [--images N] [--only ext4] [--without-sync]`: power cuts at every write to the disk. The
 * scripts that write the boot file and rt_tables run on file systems whose writes are logged (disk-log.ts); then the disk of
 * each moment is made, checked as at boot (e2fsck), and the loader that never changes is run. What it starts must be the
 * boot file before or after the change, and one that was reported as written must be there. `--without-sync` takes `sync`
 * out of the scripts: the judge has to find something then. Root; needs qemu-storage-daemon and loop devices.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DISK, PERSIST } from "../../../provider/guard/bodies.ts";
import { BOOT_FILE, bootFiles } from "../../../provider/kinds/boot-files.ts";
import { diskWith, type Entry, type FileSystem, type Recording, record, sh } from "./disk-log.ts";
import { randomFrom } from "./random.ts";

const SYSTEMS: Readonly<Record<string, FileSystem>> = {
  "ext2, blocks of 1 KiB, read-only root": { type: "ext2", mkfs: ["-b", "1024"], readOnly: true },
  "ext2, blocks of 4 KiB": { type: "ext2", mkfs: ["-b", "4096"] },
  ext4: { type: "ext4" },
  "ext4, read-only root": { type: "ext4", readOnly: true },
  "ext4, data=writeback,noauto_da_alloc": { type: "ext4", options: "data=writeback,noauto_da_alloc" },
  "ext4 without a journal": { type: "ext4", mkfs: ["-O", "^has_journal"] },
};
/** Nobody writes back but who is told to; or the kernel does after every single command. */
const HASTES = ["lazy", "eager"] as const;
const COMMANDS = ["mkdir", "touch", "rm", "cat", "cp", "chmod", "mv", "ln", "rmdir"];
const TABLES = "/etc/iproute2/rt_tables";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    images: { type: "string", default: "150" },
    only: { type: "string", default: "" },
    "without-sync": { type: "boolean", default: false },
  },
});
const random = randomFrom(Number(values.seed));
const below = (n: number) => Math.floor(random() * n);
const dir = mkdtempSync("/dev/shm/disk-cuts-");
process.once("exit", () => rmSync(dir, { recursive: true, force: true }));

/** What a file holds after a step; "" for none. */
interface Wanted {
  readonly boot: string;
  readonly tables: string;
}

/** Some transactions: the table's name and the boot file in turns, as long as real ones; at last both are gone. */
function plan(haste: (typeof HASTES)[number], readOnly: boolean) {
  const steps: ((mnt: string) => void)[] = [];
  const wanted: Wanted[] = [{ boot: "", tables: "" }];
  const step = (command: string, next: Partial<Wanted>, input = "") => {
    wanted.push({ ...wanted.at(-1)!, ...next });
    steps.push((mnt) => {
      writeFileSync(join(dir, "tx", "boot"), input);
      writeFileSync(join(dir, "step"), scriptOf(command, haste, mnt, readOnly));
      sh(`unshare -m sh ${dir}/step`);
    });
  };
  step("write_file /etc/multiwan/load $T/boot 0755", {}, bootFiles([])[0]!.text);
  for (let n = 1; n <= 3; n++) {
    const filler = Array.from({ length: 60 + below(150) }, () => `# ${random().toString(36).repeat(4)}\n`).join("");
    const tables = `${"#\n255\tlocal\n".repeat(20 + below(60))}${n}\twan_${n}\n`;
    step(`write_file ${TABLES} $T/boot`, { tables }, tables);
    step("persist", { boot: `version ${n}` }, `#!/bin/sh\n${filler}echo version ${n}\n`);
  }
  step("forget", { boot: "" });
  step(`write_file ${TABLES} $T/boot`, { tables: "" });
  return { steps, wanted };
}

function scriptOf(command: string, haste: (typeof HASTES)[number], mnt: string, readOnly: boolean): string {
  const text = `${DISK.text}\n${PERSIST.text}`;
  const guard = values["without-sync"] ? text.replaceAll(/\bsync &&/g, "true &&") : text;
  return `set -e
export PATH=${haste === "eager" ? `${dir}/eager:` : ""}${dir}/bin:$PATH T=${dir}/tx
mount --make-rprivate / && mount --bind ${mnt} /etc
${readOnly ? "mount -o remount,ro /etc" : ""}
${guard}
umask 077
${command}`;
}

function prepare(): void {
  const file = (path: string, text: string) => writeFileSync(join(dir, path), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  sh(`mkdir -p ${dir}/bin ${dir}/eager ${dir}/tx ${dir}/look`);
  file("bin/remountrw", "exec mount -o remount,rw /etc");
  file("bin/remountro", "sync; exec mount -o remount,ro /etc");
  for (const name of COMMANDS) file(`eager/${name}`, `PATH=/usr/bin:/bin; ${name} "$@"; rc=$?; sync; exit $rc`);
}

interface Cut {
  readonly kind: "after a write" | "within a write" | "some writes lost";
  readonly writes: readonly Entry[];
  readonly at: number;
}

/** Every prefix; then torn last writes and caches that were half written, as many as are asked for. */
function cutsOf({ entries, marks }: Recording): Cut[] {
  const from = marks[0]!;
  const points = entries.map((_, i) => i + 1).filter((n) => n >= from && entries[n - 1] !== "flush");
  const cuts: Cut[] = points.map((at) => ({ kind: "after a write", writes: entries.slice(0, at), at }));
  for (let more = Number(values.images) - cuts.length; more > 0; more--) {
    const at = points[below(points.length)]!;
    const flushed = entries.lastIndexOf("flush", at - 1) + 1;
    const last = entries[at - 1] as Exclude<Entry, "flush">;
    if (at - flushed > 1 && more % 3 > 0)
      cuts.push({
        ...{ kind: "some writes lost", at },
        writes: entries.slice(0, at).filter((_, i) => i < flushed || random() < 0.5),
      });
    else {
      const bytes = last.bytes.subarray(0, 512 * below(last.bytes.length / 512));
      cuts.push({ kind: "within a write", writes: [...entries.slice(0, at - 1), { at: last.at, bytes }], at });
    }
  }
  return cuts;
}

/** What a boot would do: check, mount, load. */
function look(disk: Buffer): Wanted & { fallback: boolean; left: string } {
  const image = join(dir, "image");
  writeFileSync(image, disk);
  const checked = spawnSync("e2fsck", ["-fy", image], { encoding: "utf8" });
  // 1: mended. 2: mended, reboot. Else a human would be needed.
  if (checked.status! > 2) throw new Error(`e2fsck ${checked.status}: ${checked.stdout}`);
  const script = `mount --make-rprivate /; mount -o loop,ro ${image} /etc
[ -e /etc/multiwan/load ] && sh /etc/multiwan/load; echo "== $?"
cat ${TABLES} 2>/dev/null; echo "== "
grep -h '^echo version' ${BOOT_FILE} 2>/dev/null | tail -n 1; echo "== "; ls -A /etc/multiwan /etc/iproute2 2>/dev/null`;
  const said = sh("exec unshare -m sh -s", `${script}; exit 0`).split(/== .*\n/);
  const [boot = "", tables = "", main = "", left = ""] = said;
  return { boot: boot.trim(), tables, fallback: boot.trim() !== "" && main.trim() !== `echo ${boot.trim()}`, left };
}

function judge(
  cut: Cut,
  { base, marks }: Recording,
  wanted: readonly Wanted[],
): { faults: string[]; fallback: boolean } {
  const done = marks.filter((mark) => mark <= cut.at).length;
  const allowed = wanted.slice(done, done + 2);
  try {
    const there = look(diskWith(base, cut.writes));
    const faults: string[] = [];
    for (const file of ["boot", "tables"] as const)
      if (!allowed.some((one) => one[file] === there[file]))
        faults.push(
          `${file} is ${JSON.stringify(there[file].slice(-80))}, not ${allowed.map((one) => JSON.stringify(one[file].slice(-80))).join(" or ")}; ${there.left.replaceAll("\n", " ")}`,
        );
    return { faults, fallback: there.fallback };
  } catch (error) {
    return { faults: [(error as Error).message], fallback: false };
  }
}

prepare();
const KINDS: readonly Cut["kind"][] = ["after a write", "within a write", "some writes lost"];
const rows: string[] = [];
let total = 0;
let wrong = 0;
for (const [name, system] of Object.entries(SYSTEMS).filter(([name]) => name.includes(values.only)))
  for (const haste of HASTES) {
    const { steps, wanted } = plan(haste, system.readOnly === true);
    const recording = await record(dir, system, steps);
    const counts = new Map<string, number>();
    const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
    for (const cut of cutsOf(recording)) {
      const { faults, fallback } = judge(cut, recording, wanted);
      count(cut.kind);
      if (fallback) count("fallback");
      if (faults.length > 0) count("faults");
      for (const fault of faults) console.log(`FOUND ${name}, ${haste}, ${cut.kind} ${cut.at}: ${fault}`);
    }
    const n = (what: string) => counts.get(what) ?? 0;
    total += KINDS.reduce((sum, kind) => sum + n(kind), 0);
    wrong += n("faults");
    rows.push(`| ${name}, ${haste} | ${[...KINDS.map(n), n("fallback"), n("faults")].join(" | ")} |`);
    console.log(rows.at(-1));
  }
console.log(`\nseed ${values.seed}${values["without-sync"] ? ", without sync" : ""}
| file system | ${[...KINDS, "by the file before", "neither old nor new"].join(" | ")} |
|${" --- |".repeat(6)}
${rows.join("\n")}
${total} images, ${wrong} with a fault`);
process.exitCode = wrong > 0 ? 1 : 0;
