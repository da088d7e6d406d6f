/** Which cases a campaign plays: every point that can be counted, and random ones. */
import * as c from "./cases/index.ts";
import { INSTEAD } from "./impostor.ts";
import { MOMENTS } from "./operator.ts";
import { range } from "./random.ts";
import { SCARCITIES } from "./scarce.ts";

export interface Counts {
  readonly apply: number;
  readonly undo: number;
  readonly session: number;
}

const PERSISTENT: readonly c.Change[] = [
  ["site", "moved"],
  ["moved", "site"],
];

/** Every point of every fault that has countable points. */
export function exhaustive(counts: (change: c.Change) => Counts): c.Case[] {
  const both: readonly c.Change[] = [
    ["none", "site"],
    ["site", "moved"],
  ];
  return [
    ...both.flatMap((change) => MOMENTS.map((moment) => c.f1(change, moment))),
    ...c.CUT_NAMES.flatMap((cut) => MOMENTS.map((moment) => c.f2(["site", "moved"], moment, cut, 4))),
    ...MOMENTS.slice(3).map((moment) => c.f2Late(["site", "moved"], moment, 2)),
    ...both.flatMap((change) => [c.f2OverTime(change), c.f2Expired(change)]),
    ...both.flatMap((change) => INSTEAD.map((instead) => c.f2Diverted(change, instead))),
    ...both.map((change) => c.f2Diverted(change, "silence", "banner")),
    ...c.CHANGES.flatMap((change) => range(counts(change).apply).map((k) => c.f3(change, "apply", k, "before"))),
    ...both.flatMap((change) => range(counts(change).session).map((k) => c.f3(change, "session", k, "before"))),
    c.f3Begin(["site", "moved"]),
    c.f3Begin(["none", "site"]),
    ...c.CHANGES.slice(0, 3).map((change) => c.f3Default(change)),
    ...c.CONFIRM_TOOLS.flatMap((tool) =>
      (["before", "after"] as const).flatMap((when) =>
        (["goes on", "is gone"] as const).map((operator) => c.f3Confirm(["site", "moved"], tool, when, operator)),
      ),
    ),
    ...c.BLOWS.flatMap((blow) =>
      (["goes on", "is gone"] as const).map((operator) => c.f4(["site", "moved"], blow, operator, 0)),
    ),
    ...c.CHANGES.flatMap((change) => range(counts(change).undo).map((k) => c.f5(change, k, "before", "undo"))),
    ...c.CHANGES.flatMap((change) =>
      (["watchers", "operator"] as const).flatMap((whose) => [
        ...range(2).map((k) => c.f5Tool(change, "iptables-restore", k, "after", whose)),
        ...range(4).map((k) => c.f5Tool(change, "rm", k, "after", whose)),
      ]),
    ),
    ...[1, 8].map((k) => c.f5Slow(["site", "moved"], k)),
    // Not the first up: what it has written to rt_tables before it was confirmed is there after a reboot (docs/reliability.md).
    ...PERSISTENT.flatMap((change) => MOMENTS.map((moment) => c.f6(change, moment))),
    ...PERSISTENT.flatMap((change) => range(counts(change).session).map((k) => c.f6At(change, "session", k))),
    ...both.flatMap((change) =>
      Object.keys(c.DISKS).flatMap((disk) => c.DISK_MOMENTS.map((at) => c.f8(change, disk, at))),
    ),
    ...both.flatMap((change) => c.MORE_DISK_CASES(change)),
    c.f8Hung(["site", "none"], "site", "writable"),
    c.f8Hung(["site", "moved"], "site", "read-only"),
    c.f8HungBegin(["site", "moved"]),
    ...c.MORE_EDIT_NAMES.map((edit) => c.f9(["site", "moved"], "begin-answered", edit, "dies")),
    ...(["read-answered", "begin-sending"] as const).map((moment) => c.f9Same(["site", "moved"], moment)),
    c.f9Holds(["none", "site"]),
    ...(["begin-applied", "begin-answered"] as const).flatMap((moment) =>
      (["goes on", "dies"] as const).map((next) => c.f9Ifup(["site", "moved"], moment, next)),
    ),
    c.f9Between(["site", "replies"], "moved"),
    c.f9Between(["site", "moved"], "replies"),
    ...(["begin-applied", "begin-answered"] as const).map((moment) => c.f9Looks(["site", "moved"], moment)),
    ...Object.keys(c.EDITS).map((edit) => c.f9(["site", "moved"], "read-answered", edit, "goes on")),
    ...Object.keys(c.EDITS).map((edit) => c.f9(["site", "moved"], "begin-answered", edit, "dies")),
    ...c.OWN_NAMES.map((edit) => c.f9Own(["site", "moved"], "begin-answered", edit)),
    ...Object.keys(c.DAEMONS).flatMap((daemon) =>
      (["begin-answered", "confirm-sending"] as const).flatMap((moment) =>
        (["goes on", "dies"] as const).map((next) => c.f9Daemon(["site", "moved"], moment, daemon, next)),
      ),
    ),
    ...both.flatMap((change) => Object.keys(c.MISSING).map((tool) => c.f10Missing(change, tool))),
    ...both.flatMap((change) => [c.f10Unwatched(change), c.f10Refused(change)]),
    c.f10Confirm(["site", "moved"]),
    ...both.flatMap((change) => c.BACK_FAULTS.map((one) => c.f10Back(change, one))),
    ...Object.keys(c.READING).map((name) => c.f10Read(["site", "site"], name)),
    ...c.TOOL_FAULTS.map(([name, mischief]) => c.f10(["none", "site"], name, mischief)),
    ...Object.keys(c.INTENTIONS).map((name) => c.f11(name)),
    ...both.flatMap((change) => c.SLOWNESS.map((slowness) => c.f12(change, slowness))),
    ...(["router", "operator"] as const).flatMap((whose) =>
      c.STEPS.flatMap((step) =>
        (["read-answered", "begin-answered", "confirm-sent"] as const).map((moment) =>
          c.f13(["site", "moved"], whose, step, moment),
        ),
      ),
    ),
    c.f14Damaged(["moved", "site"]),
    ...c.LOSSES.map((what) => c.f14(["site", "site"], what)),
    ...c.OWN_NAMES.map((edit) => c.f14Refresh(["site", "site"], edit)),
    ...SCARCITIES.flatMap((of) =>
      c.LINES.flatMap((line) => MOMENTS.map((moment) => c.f15(["site", "moved"], { of, line, seconds: 2 }, moment))),
    ),
    ...both.flatMap((change) =>
      (["no room in /run", "no file more in /run"] as const).map((of) =>
        c.f15(change, { of, line: "the line is cut", seconds: 14 }, "begin-answered"),
      ),
    ),
    ...(["apply", "session", "undo"] as const).flatMap((caller) =>
      range(counts(["site", "moved"])[caller]).map((k) =>
        c.f15At(["site", "moved"], { of: "no process", line: "the line is cut", seconds: 2 }, caller, k),
      ),
    ),
  ];
}

/** One random fault. */
export function randomCase(
  random: () => number,
  counts: (change: c.Change) => Counts,
  only?: readonly string[],
): c.Case {
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const int = (most: number) => 1 + Math.floor(random() * most);
  const change = one(c.CHANGES);
  const when = one(["before", "after"] as const);
  const makers: Readonly<Record<string, () => c.Case>> = {
    F1: () => (random() < 0.3 ? c.f1(change, one(MOMENTS)) : c.f1Random(change, int(700))),
    F2: () =>
      random() < 0.2
        ? c.f2Late(change, one(MOMENTS), 1 + random() * 3)
        : c.f2(change, one(MOMENTS), one(c.CUT_NAMES), 1 + random() * 5),
    F3: () => {
      const caller = random() < 0.75 ? "apply" : "session";
      return c.f3(change, caller, int(counts(change)[caller]), when);
    },
    F4: () => c.f4(change, one(c.BLOWS), one(["goes on", "is gone"] as const), int(2600)),
    F5: () => c.f5(change, int(counts(change).undo), when, one(["undo", "watcher"] as const)),
    F6: () =>
      random() < 0.4
        ? c.f6(one(PERSISTENT), one(MOMENTS))
        : c.f6At(one(PERSISTENT), one(["apply", "session"] as const), int(12)),
    // Not those that remove the boot file: a disk that is faked by a mount would show it again.
    F8: () => c.f8(one(c.CHANGES.slice(0, 3)), one(Object.keys(c.DISKS)), one(c.DISK_MOMENTS)),
    F9: () =>
      random() < 0.3
        ? c.f9Two(change, one(["site", "moved", "none"]), int(400))
        : random() < 0.3
          ? c.f9Own(["site", "moved"], one(MOMENTS), one(c.OWN_NAMES))
          : random() < 0.5
            ? c.f9Daemon(one(PERSISTENT), one(MOMENTS), one(Object.keys(c.DAEMONS)), one(["goes on", "dies"] as const))
            : c.f9(change, one(MOMENTS), one(Object.keys(c.EDITS)), one(["goes on", "dies"] as const)),
    F10: () => {
      const caller = one(["apply", "undo", "session"] as const);
      // A tool that lies (does nothing, and says that all is well) is believed, but for those whose work is read again.
      const fault = one([{ fail: int(4) }, { late: int(4) }]);
      return c.f10(change, `command ${when} of ${caller}: ${JSON.stringify(fault)}`, {
        ...{ caller, k: int(counts(change)[caller]), does: fault },
      });
    },
    F11: () => c.f11(one(Object.keys(c.INTENTIONS))),
    F12: () => c.f12(change, one(c.SLOWNESS)),
    F13: () => c.f13(change, one(["router", "operator"] as const), one(c.STEPS), one(MOMENTS)),
    F14: () => {
      const goal = one(["site", "moved"] as const);
      return random() < 0.5 ? c.f14([goal, goal], one(c.LOSSES)) : c.f14Refresh([goal, goal], one(c.OWN_NAMES));
    },
    F15: () => {
      const shortage = { of: one(SCARCITIES), line: one(c.LINES), seconds: one([1, 2, 2, 4, 8, 30]) };
      if (random() < 0.3) return c.f15(change, shortage, one(MOMENTS));
      const caller = one(["apply", "session", "undo", "watch"] as const);
      return c.f15At(change, shortage, caller, int(caller === "watch" ? 6 : counts(change)[caller]));
    },
  };
  const fault = one(Object.keys(makers).filter((name) => !only || only.includes(name)));
  return makers[fault]!();
}
