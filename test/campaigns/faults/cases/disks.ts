/** F8: file systems that are full, read-only, or both in turns. */
import type { Finding } from "../judge.ts";
import type { Answer } from "../operator.ts";
import { EMPTY_RUN, FILL_RUN } from "../scarce.ts";
import { type Case, type Change, ended, make, missed, told } from "./case.ts";

interface Disk {
  readonly spoil: string;
  readonly heal: string;
  /** What must be true right after the run; on the router. */
  readonly after?: string;
  /** The run is to succeed, or the router is to be as before, when it is so from the start. */
  readonly goes: "well" | "wrong" | "either";
  /** Also where it is so from a later moment on. */
  readonly always?: boolean;
  /** What the run says where it is so from a later moment on. */
  readonly says?: RegExp;
  /** From the start: what is ours is remembered elsewhere, and that is gone afterwards. */
  readonly moves?: boolean;
}
export const READ_ONLY = "mount -o remount,ro /";
export const WRITABLE = "mount -o remount,rw /";
export const IS_READ_ONLY =
  "while read -r a d t o x; do [ $d != / ] || v=$o; done </proc/mounts; case $v in ro*) ;; *) exit 1;; esac";
const IS_WRITABLE =
  "while read -r a d t o x; do [ $d != / ] || v=$o; done </proc/mounts; case $v in rw*) ;; *) exit 1;; esac";
const full = (dir: string): Disk => ({
  // A folder that the router has not goes again with the disk.
  spoil: `[ -d ${dir} ] || : >/tmp/.no_folder; mkdir -p ${dir} /tmp/full; cp -a ${dir}/. /tmp/full/; mount -t tmpfs -o size=64k tmpfs ${dir}; cp -a /tmp/full/. ${dir}/; cat /dev/zero >${dir}/zero 2>/dev/null; rm -rf /tmp/full; true`,
  heal: `umount ${dir}; [ ! -e /tmp/.no_folder ] || rmdir ${dir} 2>/dev/null; rm -f /tmp/.no_folder`,
  after: IS_WRITABLE,
  goes: "either",
});
export const DISKS: Readonly<Record<string, Disk>> = {
  "read-only root": { spoil: READ_ONLY, heal: WRITABLE, after: IS_READ_ONLY, goes: "well" },
  "read-only root that cannot be made writable": {
    spoil: `${READ_ONLY}; rm /usr/local/sbin/mount; printf '#!/bin/sh\\nexit 32\\n' >/usr/local/sbin/mount; chmod 755 /usr/local/sbin/mount`,
    heal: "ln -f /usr/local/sbin/shim /usr/local/sbin/mount; mount -o remount,rw /",
    after: IS_READ_ONLY,
    goes: "either",
  },
  "read-only root that is busy once": {
    spoil: `${READ_ONLY}; rm -f /usr/local/sbin/mount /tmp/.busy; cat >/usr/local/sbin/mount <<'X'
#!/bin/sh
case "$*" in *remount,ro*) [ -e /tmp/.busy ] || { : >/tmp/.busy; exit 32; } ;; esac
PATH=/usr/bin:/bin; exec mount "$@"
X
chmod 755 /usr/local/sbin/mount`,
    heal: "ln -f /usr/local/sbin/shim /usr/local/sbin/mount; mount -o remount,rw /",
    after: IS_READ_ONLY,
    goes: "well",
  },
  "full /etc/multiwan": full("/etc/multiwan"),
  "full /etc/iproute2": full("/etc/iproute2"),
  "full /run": { spoil: FILL_RUN, heal: EMPTY_RUN, goes: "wrong" },
  "read-only /run": {
    spoil: "mount -t tmpfs tmpfs /dev/shm; mount -o remount,ro /run",
    heal: "mount -o remount,rw /run; umount -l /dev/shm",
    goes: "either",
    moves: true,
  },
  "full /tmp": {
    spoil: "mount -t tmpfs -o size=64k tmpfs /tmp; cat /dev/zero >/tmp/zero 2>/dev/null; true",
    heal: "umount /tmp",
    goes: "well",
  },
  "read-only root that stays busy": {
    spoil: `${READ_ONLY}; rm -f /usr/local/sbin/mount; cat >/usr/local/sbin/mount <<'X'
#!/bin/sh
case "$*" in *remount,ro*) exit 32 ;; esac
PATH=/usr/bin:/bin; exec mount "$@"
X
chmod 755 /usr/local/sbin/mount`,
    heal: "ln -f /usr/local/sbin/shim /usr/local/sbin/mount; mount -o remount,rw /",
    goes: "either",
  },
};
/** A router with the helpers of its own: what is full must not be taken for a root that is to be closed again. */
const HELPERS = `for tool in remountrw:rw remountro:ro; do
  printf '#!/bin/sh\\nexec mount -o remount,%s /\\n' "\${tool#*:}" >/usr/local/sbin/\${tool%:*}; chmod 755 /usr/local/sbin/\${tool%:*}
done`;
/** Not among those that a seed draws from. */
const MORE_DISKS: typeof DISKS = {
  "full /etc/multiwan of a router with remountrw": {
    ...DISKS["full /etc/multiwan"]!,
    // Not even a file without anything in it can be made.
    spoil: `${HELPERS}\n${DISKS["full /etc/multiwan"]!.spoil}\nmount -o remount,nr_inodes=64 /etc/multiwan
i=0; while [ $i -lt 70 ]; do touch /etc/multiwan/.full.$i 2>/dev/null || :; i=$((i + 1)); done`,
    heal: `${WRITABLE}; rm -f /usr/local/sbin/remountrw /usr/local/sbin/remountro; ${DISKS["full /etc/multiwan"]!.heal}`,
  },
  // What root runs lies there: not in a folder that another may write to.
  "/run/multiwan of another user": {
    spoil: "chown 65534 /run/multiwan",
    heal: "chown 0 /run/multiwan",
    after: '[ -z "$(ls -d /run/multiwan/tx.* 2>/dev/null)" ]',
    goes: "wrong",
    always: true,
    says: /nothing was changed/,
  },
};
const ALL_DISKS = { ...DISKS, ...MORE_DISKS };
export const MORE_DISK_CASES = (change: Change): Case[] => [
  ...DISK_MOMENTS.map((at) => f8(change, "full /etc/multiwan of a router with remountrw", at)),
  f8(change, "/run/multiwan of another user", "the start"),
  f8(change, "/run/multiwan of another user", "read-answered"),
];
/** From the start, or from that moment on. */
export const DISK_MOMENTS = ["the start", "read-answered", "begin-answered", "confirm-sending"] as const;
export type DiskMoment = (typeof DISK_MOMENTS)[number];

export const f8 = (change: Change, name: string, at: DiskMoment = "the start"): Case => {
  const elsewhere = at === "the start" && ALL_DISKS[name]!.moves === true;
  return { ...played(change, name, at, elsewhere), spoils: elsewhere };
};

const played = (change: Change, name: string, at: DiskMoment, elsewhere: boolean): Case =>
  make("F8", `${name} from ${at} on`, change, async (bench, judge) => {
    const { spoil, heal, after = "true", ...disk } = ALL_DISKS[name]!;
    const goes = at === "the start" || disk.always ? disk.goes : "either";
    const { router } = bench.lab;
    const extra: Finding[] = [];
    // A file system is busy as long as a watcher of the run before has its script open.
    await bench.quiet();
    let answer: Answer | undefined;
    if (at !== "the start") {
      const run = await bench.operator.run(bench.command(change[1], { at, act: "stop" }));
      if (!(await run.reached)) return [missed(at)];
      await router.exec(spoil);
      bench.operator.go();
      answer = await run.done;
    } else {
      await router.exec(spoil);
      answer = await bench.try(change[1]);
    }
    // Whoever still tries to make the root read-only again would do so after it was healed.
    await bench.settled();
    await router
      .exec(after)
      .catch(() => extra.push({ verdict: "unexplained", text: `the root is not as it was: ${name}` }));
    await router.exec(heal);
    const well = Object.keys(answer!.failures).length === 0;
    if ((goes === "well" && !well) || (goes === "wrong" && well))
      extra.push({
        verdict: "unexplained",
        text: `it was to go ${goes}: ${JSON.stringify(answer!.failures).slice(0, 500)}`,
      });
    const said = JSON.stringify(answer!.failures);
    if (at !== "the start" && disk.says && !disk.says.test(said))
      extra.push({ verdict: "unexplained", text: `it does not say ${disk.says}: ${said.slice(0, 500)}` });
    const left = await bench.settled();
    // What is in force but not on the disk is neither one nor the other: the next run mends it.
    const unpersisted = /could not be written to the disk/.test(JSON.stringify(answer!.failures));
    const judged = await ended(bench, left, (options) =>
      judge([...change], {
        ...options,
        ...(elsewhere && { forgets: true }),
        judged: !unpersisted && !elsewhere,
        unwritten: true,
        returned: unpersisted ? undefined : told(answer),
      }),
    );
    return [...extra, ...judged];
  });
