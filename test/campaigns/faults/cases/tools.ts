/** F10: tools of the router that fail, hang, lie or are not there. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Finding } from "../judge.ts";
import { BROKEN, behave, hangsOn, hideTool, type Mischief, misbehave, showTool } from "../shims.ts";
import { type Case, type Change, ended, make, missed, told, unwritten } from "./case.ts";
import { back } from "./way-back.ts";

/** Stands for longer than the time to confirm, which the bench knows. */
const TOO_LONG = Number.POSITIVE_INFINITY;

export const f10 = (change: Change, name: string, mischief: Mischief): Case =>
  // A change that nothing befalls has no way back.
  mischief.caller === "undo" ? back("F10", name, change, mischief, "watchers") : there(change, name, mischief);

const there = (change: Change, name: string, mischief: Mischief): Case =>
  make("F10", name, change, async (bench, judge) => {
    const hangs = "late" in mischief.does && mischief.does.late === TOO_LONG;
    await misbehave(bench.lab, hangs ? { ...mischief, does: { late: bench.confirm + 2 } } : mischief);
    const answer = await bench.try(change[1]);
    const left = await bench.settled();
    // A tool that hangs, and that nobody has ended, does its work now.
    for (let i = 0; hangs && i < 100 && (await hangsOn(bench.lab)); i++) await sleep(200);
    const { hit } = await behave(bench.lab);
    const said = Object.values(answer.failures).join("\n");
    // A change that failed is told with its reason: the words of the tool that failed first.
    const odd: Finding[] =
      mischief.caller === "apply" && "fail" in mischief.does && hit && said !== "" && !said.includes(BROKEN)
        ? [{ verdict: "unexplained", text: `the tool that failed is not named: ${said.slice(0, 600)}` }]
        : [];
    return [
      ...odd,
      ...(await ended(bench, left, (options) =>
        judge([...change], { ...options, unwritten: unwritten(answer), returned: told(answer) }),
      )),
    ];
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

/** What iptables does not take is known before the first step: the router stays as it is, and is not brought back to it. */
export const f10Refused = (change: Change): Case =>
  make("F10", "iptables-restore takes nothing", change, async (bench, judge) => {
    const { router } = bench.lab;
    await router.exec(
      `cd /usr/local/sbin; rm iptables-restore; cat >iptables-restore; chmod 755 iptables-restore`,
      REFUSES,
    );
    try {
      const answer = await bench.try(change[1]);
      const said = Object.values(answer.failures).join("\n");
      const odd: Finding[] = /Nothing was changed/.test(said)
        ? []
        : [{ verdict: "unexplained", text: `it was not tried dry: ${said.slice(0, 600)}` }];
      await router.exec(`ln -f ${SHIM} /usr/local/sbin/iptables-restore`);
      const left = await bench.settled();
      return [
        ...odd,
        ...(await ended(bench, left, (options) => judge([change[0]], { ...options, returned: told(answer) }))),
      ];
    } finally {
      await router.exec(`ln -f ${SHIM} /usr/local/sbin/iptables-restore`);
    }
  });
const SHIM = "/usr/local/sbin/shim";
const REFUSES = `#!/bin/dash
echo "iptables-restore: it is broken today" >&2; exit 2
`;

/** Tools that the router is read with, and what of them fails; a preview then says so, or claims nothing that is not true. */
export const READING: Readonly<Record<string, Mischief>> = {
  ...Object.fromEntries(
    [1, 2, 3, 4, 5].map((k) => [
      `cat fails at its call ${k}`,
      { caller: "session", tools: ["cat"], k, when: "before", does: { fail: 1 } } as const,
    ]),
  ),
  "ip has no version": { caller: "session", tools: ["ip"], does: { shell: "case $1 in -V) exit 1 ;; esac" } },
  "iptables has no version": {
    caller: "session",
    tools: ["iptables"],
    does: { shell: "case $1 in -V) exit 1 ;; esac" },
  },
};

export const f10Read = (change: Change, name: string): Case =>
  make("F10", `while the router is read ${name}`, change, async (bench, judge) => {
    await misbehave(bench.lab, READING[name]!);
    const preview = await bench.try(change[0], { apply: false });
    const { hit } = await behave(bench.lab);
    if (!hit) return [missed(name)];
    const { ops, failures, drift } = preview;
    const claims = drift.length > 0 || Object.values(ops).some((op) => op !== "same");
    const silent = /version/.test(name) && Object.keys(failures).length === 0;
    const odd: Finding[] =
      silent || (claims && Object.keys(failures).length === 0)
        ? [
            {
              verdict: "unexplained",
              text: `what could not be read is not told: ${JSON.stringify(preview).slice(0, 600)}`,
            },
          ]
        : [];
    return [...odd, ...(await judge([change[0]]))];
  });

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
  ["the checksum is not the boot file's", { caller: "session", tools: ["cksum"], k: 1, does: { garbage: true } }],
  ["sync fails", { caller: "session", tools: ["sync"], does: { fail: 1 } }],
  ["mv fails in the apply", { caller: "apply", tools: ["mv"], k: 1, does: { fail: 1 } }],
];
