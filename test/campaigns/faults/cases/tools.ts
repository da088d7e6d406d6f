/** F10: tools of the router that fail, hang, lie or are not there. */
import type { Finding } from "../judge.ts";
import { behave, hideTool, type Mischief, misbehave, showTool } from "../shims.ts";
import { type Case, type Change, ended, make, told } from "./case.ts";

/** Stands for longer than the time to confirm, which the bench knows. */
const TOO_LONG = Number.POSITIVE_INFINITY;

export const f10 = (change: Change, name: string, mischief: Mischief): Case =>
  make("F10", name, change, async (bench, judge) => {
    const hangs = "late" in mischief.does && mischief.does.late === TOO_LONG;
    await misbehave(bench.lab, hangs ? { ...mischief, does: { late: bench.confirm + 2 } } : mischief);
    const answer = await bench.try(change[1]);
    const left = await bench.settled();
    await behave(bench.lab);
    return ended(bench, left, (options) => judge([...change], { ...options, returned: told(answer) }));
  });

/** Tools that a small router may lack, and one without which nothing goes: that is told before anything is changed. */
export const MISSING: Readonly<Record<string, "goes" | "refused">> = {
  conntrack: "goes",
  logger: "goes",
  tail: "refused",
  "iptables-restore": "refused",
  ip: "refused",
};

export const f10Missing = (change: Change, tool: string): Case =>
  make("F10", `there is no ${tool}`, change, async (bench, judge) => {
    await hideTool(bench.lab, tool);
    try {
      const answer = await bench.try(change[1]);
      await showTool(bench.lab, tool);
      const said = Object.values(answer.failures);
      const odd: Finding[] = [];
      if (MISSING[tool] === "goes" && said.length > 0) odd.push({ verdict: "unexplained", text: said[0]! });
      if (MISSING[tool] === "refused" && !said.some((text) => text.includes(tool)))
        odd.push({ verdict: "unexplained", text: `the error does not name ${tool}: ${said[0]}` });
      const left = await bench.settled();
      return [...odd, ...(await judge([...change], { left, returned: told(answer) }))];
    } finally {
      await showTool(bench.lab, tool);
    }
  });

/** Without anybody who would take it back nothing is begun. */
export const f10Unwatched = (change: Change): Case =>
  make("F10", "the watchers do not start", change, async (bench, judge) => {
    const { router } = bench.lab;
    await router.exec("cat >/usr/local/sbin/sh; chmod 755 /usr/local/sbin/sh", UNWATCHED);
    try {
      const answer = await bench.try(change[1]);
      const said = Object.values(answer.failures)[0] ?? "";
      const odd: Finding[] = /did not start.*Nothing was changed/.test(said)
        ? []
        : [{ verdict: "unexplained", text: `it is not said that nobody watches: ${said}` }];
      await router.exec("rm /usr/local/sbin/sh");
      return [...odd, ...(await judge([change[0]], { returned: told(answer) }))];
    } finally {
      await router.exec("rm -f /usr/local/sbin/sh");
    }
  });
const UNWATCHED = `#!/bin/dash
case $1 in */watch.sh) exit 1 ;; esac
PATH=/usr/sbin:/usr/bin:/sbin:/bin; exec sh "$@"
`;

const restore = ["iptables-restore"];
export const TOOL_FAULTS: readonly (readonly [string, Mischief])[] = [
  ...[1, 2, 4].map(
    (code) => [`iptables-restore exits ${code}`, { caller: "apply", tools: restore, does: { fail: code } }] as const,
  ),
  [
    "iptables-restore exits 1 although it did its work",
    { caller: "apply", tools: restore, k: 1, when: "after", does: { shell: "rc=1" } },
  ],
  ["ip exits 2 once", { caller: "apply", tools: ["ip"], k: 5, does: { fail: 2 } }],
  ["ip prints garbage and does nothing", { caller: "apply", tools: ["ip"], does: { garbage: true } }],
  ["iptables-restore prints garbage and does nothing", { caller: "apply", tools: restore, does: { garbage: true } }],
  [
    "iptables-restore hangs longer than the time to confirm",
    { caller: "apply", tools: restore, k: 1, does: { late: TOO_LONG } },
  ],
  ["ip hangs longer than the time to confirm", { caller: "apply", tools: ["ip"], k: 3, does: { late: TOO_LONG } }],
  ["ip hangs in the way back", { caller: "undo", tools: ["ip"], k: 3, does: { late: 3 } }],
  [
    "sleep knows no fractions",
    { caller: "session", tools: ["sleep"], does: { shell: "case $1 in *.*) exit 1 ;; esac" } },
  ],
  ["the boot file is not written whole", { caller: "session", tools: ["cksum"], k: 2, does: { garbage: true } }],
  ["sync fails", { caller: "session", tools: ["sync"], does: { fail: 1 } }],
  ["mv fails in the apply", { caller: "apply", tools: ["mv"], k: 1, does: { fail: 1 } }],
];
