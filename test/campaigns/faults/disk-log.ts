/**
 * A disk that remembers: a file system on an image whose every write and flush is logged in its order, so that the disk of
 * any moment, and of a power cut in that moment, can be made afterwards. qemu-storage-daemon shows the image as a file
 * through FUSE and writes the log (its driver blklogwrites, the format of the kernel's dm-log-writes); a loop device mounts it.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface FileSystem {
  readonly type: "ext2" | "ext4";
  readonly mkfs?: readonly string[];
  readonly options?: string;
  /** Read-only but for the moments of a write, as on flash. */
  readonly readOnly?: boolean;
}

/** Bytes written at an offset, or a flush: what was written before it is on the platter. */
export type Entry = { readonly at: number; readonly bytes: Buffer } | "flush";

export interface Recording {
  /** The disk before the first step. */
  readonly base: Buffer;
  readonly entries: readonly Entry[];
  /** How many entries there were after each step. */
  readonly marks: readonly number[];
}

const SECTOR = 512;
const SIZE = 4 << 20;
const DISCARD = 4n;

export const sh = (script: string, input?: string): string =>
  execFileSync("sh", ["-e", "-c", script], { encoding: "utf8", ...(input !== undefined && { input }) });

/** Runs `steps` one after the other on a new file system, mounted at `dir`/mnt. */
export async function record(
  dir: string,
  { type, mkfs = [], options = "defaults", readOnly }: FileSystem,
  steps: readonly ((mnt: string) => void)[],
): Promise<Recording> {
  const [disk, log, shown, mnt] = ["disk", "log", "shown", "mnt"].map((name) => join(dir, name)) as [
    ...[string, string, string, string],
  ];
  for (const file of [disk, log, shown]) writeFileSync(file, "");
  mkdirSync(mnt, { recursive: true });
  truncateSync(disk, SIZE);
  execFileSync("mke2fs", ["-q", "-F", "-t", type, ...mkfs, disk]);
  copyFileSync(disk, `${disk}.base`);
  execFileSync("qemu-storage-daemon", [
    ...["--blockdev", `driver=file,node-name=disk,filename=${disk}`],
    ...["--blockdev", `driver=file,node-name=log,filename=${log}`],
    ...["--blockdev", `driver=blklogwrites,node-name=both,file=disk,log=log,log-sector-size=${SECTOR}`],
    ...["--export", `type=fuse,id=shown,node-name=both,mountpoint=${shown},writable=on`],
    ...["--daemonize", "--pidfile", `${dir}/pid`],
  ]);
  const device = sh(`losetup -f --show ${shown}`).trim();
  const marks: number[] = [];
  try {
    sh(`mount -t ${type} -o ${options},${readOnly ? "ro" : "rw"} ${device} ${mnt}`);
    try {
      for (const step of steps) {
        step(mnt);
        marks.push(entriesOf(readFileSync(log)).length);
      }
    } finally {
      sh(`umount ${mnt}`);
    }
  } finally {
    sh(`losetup -d ${device}`);
    const pid = Number(readFileSync(join(dir, "pid"), "utf8"));
    process.kill(pid);
    while (alive(pid)) await sleep(20);
  }
  return { base: readFileSync(`${disk}.base`), entries: entriesOf(readFileSync(log)), marks };
}

function alive(pid: number): boolean {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false }) !== undefined;
}

/** After a super block, a head and the bytes for each write; numbers are little-endian, of 64 bits. */
function entriesOf(log: Buffer): Entry[] {
  const entries: Entry[] = [];
  for (let i = SECTOR; i + SECTOR <= log.length; ) {
    const [sector, count, flags] = [0, 8, 16].map((k) => log.readBigUInt64LE(i + k)) as [bigint, bigint, bigint];
    if (count === 0n && flags === 0n) break;
    i += SECTOR;
    // A flush that comes with a write is one of what was before it.
    if (flags & 3n) entries.push("flush");
    if (count === 0n || flags & DISCARD) continue;
    const length = Number(count) * SECTOR;
    entries.push({ at: Number(sector) * SECTOR, bytes: log.subarray(i, i + length) });
    i += length;
  }
  return entries;
}

/** The disk with these writes on it. */
export function diskWith(base: Buffer, writes: readonly Entry[]): Buffer {
  const disk = Buffer.from(base);
  for (const one of writes) if (one !== "flush") one.bytes.copy(disk, one.at);
  return disk;
}
