/** F13: somebody sets the clock, the router's or the operator's, by an hour, in the middle of a change. */

import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench } from "../bench.ts";
import type { Answer, Moment } from "../operator.ts";
import { type Case, type Change, make, missed, told } from "./case.ts";

export const STEPS = ["forwards", "backwards"] as const;
export type Step = (typeof STEPS)[number];

/** The change goes through all the same. */
export const f13 = (change: Change, whose: "router" | "operator", step: Step, moment: Moment): Case =>
  make("F13", `the ${whose}'s clock an hour ${step} at ${moment}`, change, async (bench, judge) => {
    const { router } = bench.lab;
    // One kernel has one clock of this kind, and it is everybody's: the library that is asked for it answers otherwise.
    const library = whose === "router" ? compiled() : "";
    if (library === undefined) return [missed("no C compiler")];
    try {
      const answer = library
        ? await shifted(bench, change, library, step, moment)
        : await (await bench.operator.run(bench.command(change[1], { at: moment, act: step }))).done;
      if (answer instanceof Missed) return [missed(answer.message)];
      // The operator's process has a clock of its own, which goes with it.
      if (!library) await bench.operator.kill();
      await router.exec(LOADS_NOTHING);
      const findings = Object.values(answer?.failures ?? { "": "the operator died" });
      return [
        ...findings.slice(0, 1).map((text) => ({ verdict: "unexplained", text }) as const),
        ...(await judge([change[1]], { returned: told(answer) })),
      ];
    } finally {
      await router.exec(LOADS_NOTHING);
    }
  });

const LOADS_NOTHING = "rm -f /etc/ld.so.preload";

/** What was to happen has not. */
class Missed extends Error {}

/** A run during which the router's clock moves. */
async function shifted(
  bench: Bench,
  change: Change,
  library: string,
  step: Step,
  moment: Moment,
): Promise<Answer | undefined | Missed> {
  const { router } = bench.lab;
  const dir = `/proc/${/\d+/.exec(router.changes)![0]}/root/usr/local/sbin/.shim`;
  copyFileSync(library, join(dir, "clock.so"));
  writeFileSync(join(dir, "clock"), offset(0));
  await router.exec("echo /usr/local/sbin/.shim/clock.so >/etc/ld.so.preload");
  const clock = async () => Number(await router.exec("date +%s"));
  const before = await clock();
  const run = await bench.operator.run(bench.command(change[1], { at: moment, act: "stop" }));
  if (!(await run.reached)) return new Missed(moment);
  writeFileSync(join(dir, "clock"), offset(step === "forwards" ? 3600 : -3600), { flag: "r+" });
  if (Math.abs((await clock()) - before) < 3000) return new Missed("the clock does not move");
  bench.operator.go();
  return run.done;
}

const offset = (seconds: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(seconds));
  return bytes;
};

const SOURCE = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static const volatile long long *shift;
__attribute__((constructor)) static void open_shift(void) {
  int fd = open("/usr/local/sbin/.shim/clock", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  void *p = mmap(0, 8, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (p != MAP_FAILED) shift = p;
}
int clock_gettime(clockid_t id, struct timespec *t) {
  int rc = syscall(SYS_clock_gettime, id, t);
  if (rc == 0 && shift && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) t->tv_sec += *shift;
  return rc;
}
int gettimeofday(struct timeval *restrict t, void *restrict zone) {
  struct timespec s;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &s);
  t->tv_sec = s.tv_sec;
  t->tv_usec = s.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *t) {
  struct timespec s;
  clock_gettime(CLOCK_REALTIME, &s);
  if (t) *t = s.tv_sec;
  return s.tv_sec;
}
`;

let known: { readonly library: string | undefined } | undefined;

function compiled(): string | undefined {
  known ??= { library: compile() };
  return known.library;
}

function compile(): string | undefined {
  const dir = mkdtempSync(join(tmpdir(), "multiwan-clock-"));
  process.once("exit", () => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, "clock.c"), SOURCE);
  const library = join(dir, "clock.so");
  spawnSync("cc", ["-shared", "-fPIC", "-O1", "-o", library, join(dir, "clock.c")], { stdio: "ignore" });
  return existsSync(library) ? library : undefined;
}
