/** A guarded change with one step of each kind, played in a sandbox. */

import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import { standalone } from "../../provider/dialects/script.ts";
import { beginScript } from "../../provider/guard/begin.ts";
import { type Outcome, parseOutcome } from "../../provider/guard/outcome.ts";
import type { Manifest } from "../../provider/plan/manifest.ts";
import type { Plan } from "../../provider/plan/plan.ts";
import type { Step } from "../../provider/plan/step.ts";
import { newSandbox, type Sandbox, type Shell, type Text } from "./sandbox.ts";

export const nonce = "0123456789abcdef";
const owner = "p/s/FwmarkRule/one";
export const manifest: Manifest = new Map([
  [owner, { lines: [{ kind: "rule", priority: 1024, from: "all", mark: 1, table: 1 }], found: [] }],
]);

export const step = (what: string, run: string, undo: string, more: Partial<Step> = {}): Step => ({
  ...{ phase: 0, owners: [owner], what, run, undo },
  ...more,
});
const RULES = "*mangle\n:mw-a-mark - [0:0]\n-A mw-a-mark -j RETURN\n-I PREROUTING 1 -j mw-a-mark\nCOMMIT\n";
const NO_RULES = "*mangle\n:mw-a-mark - [0:0]\n-D PREROUTING -j mw-a-mark\n-X mw-a-mark\nCOMMIT\n";
const restore = 'iptables-legacy-restore --noflush <"$T/mangle';

/** One step of each kind that changes something which shows. */
export const steps: readonly Step[] = [
  step(
    "names",
    'write_file /etc/iproute2/rt_tables "$T/names.do"',
    'write_file /etc/iproute2/rt_tables "$T/names.undo"',
    {
      files: { "names.do": "7 old\n1 wan_one\n# no end", "names.undo": "7 old\n# no end" },
      touches: [{ kind: "table-name", id: 1, name: "wan_one" }],
    },
  ),
  step("address", "ip addr add 123.234.1.11/32 dev lo", "gone ip addr del 123.234.1.11/32 dev lo", {
    touches: [{ kind: "address", device: "lo", address: "123.234.1.11", prefix: 32 }],
  }),
  step("mangle", `${restore}.do"`, `! iptables-legacy-save -t mangle | grep -q mw-a-mark || ${restore}.undo"`, {
    files: { "mangle.do": RULES, "mangle.undo": NO_RULES },
    test: 'iptables-legacy-restore --noflush --test <"$T/mangle.do"',
    touches: [{ kind: "chain", table: "mangle", chain: "mw-a-mark", rules: ["-j RETURN"].map(parseRule) }],
  }),
  step(
    "rule",
    "ip rule add from all fwmark 0x1 table 1 pref 1024",
    "gone ip rule del from all fwmark 0x1 table 1 pref 1024",
    { touches: [{ kind: "rule", priority: 1024, from: "all", mark: 1, table: 1 }] },
  ),
];
/** Those that only the kernel knows of. */
export const network = steps.slice(1);
export const planOf = (list: readonly Step[]): Plan => ({
  ...{ steps: list, manifest, wanted: [], unwanted: [], boot: undefined, clears: false, empty: false },
});
const LOOK = `echo; echo @@look; ip rule show; ip addr show lo | grep ' inet '; iptables-legacy-save -t mangle | grep mw-
cat /etc/iproute2/rt_tables; echo '|'`;

export interface Ran {
  readonly outcome: Outcome | undefined;
  /** What the router shows afterwards. */
  readonly shows: string;
}

export interface Begin {
  /** Text of the manifest that the plan was made from. */
  readonly seen?: string;
  readonly notAfter?: number;
  /** Another run's, by default `nonce`. */
  readonly nonce?: string;
  /** Changes the text of the script; it fails where that changes nothing. */
  readonly edit?: readonly [from: string, to: string];
}

export function scriptOf(
  { stateDir }: Pick<Sandbox, "stateDir">,
  plan: Plan,
  { edit, ...options }: Begin = {},
): string {
  const whole = {
    nonce,
    stateDir,
    plan,
    seen: undefined,
    iptables: "iptables-legacy",
    seconds: 30,
    who: "anna@laptop",
    // mksh counts in 32 bits.
    notAfter: 2 ** 31 - 1,
  };
  const script = standalone(beginScript({ ...whole, ...options }));
  if (!edit) return script;
  if (!script.includes(edit[0])) throw new Error(`not in the script: ${edit[0]}`);
  return script.replace(edit[0], () => edit[1]);
}

/** What the first script said, and what the router shows after it and those that follow it. */
export function play(sandbox: Sandbox, shell: Shell, ...scripts: readonly Text[]): Ran {
  return ranBy(sandbox.run(shell, ...scripts, LOOK));
}

/** The same, while others are played. */
export async function playAsync(sandbox: Sandbox, shell: Shell, ...scripts: readonly Text[]): Promise<Ran> {
  return ranBy(await sandbox.runAsync(shell, ...scripts, LOOK));
}

const ranBy = (output: string): Ran => ({
  ...{ outcome: parseOutcome(output, nonce), shows: output.slice(output.indexOf("@@look\n") + 7) },
});

/** A router with names of its own. */
export function prepared(): Sandbox {
  const sandbox = newSandbox();
  sandbox.write("etc/rt_tables", "7 old\n# no end");
  return sandbox;
}

const untouched = new Map<Shell, string>();

/** What the router shows that nobody has touched. */
export function untouchedIn(shell: Shell): string {
  let shows = untouched.get(shell);
  if (shows === undefined) {
    using sandbox = prepared();
    shows = play(sandbox, shell).shows;
    untouched.set(shell, shows);
  }
  return shows;
}

/** For words that come after the script: its folders, as it calls them. */
export const folders = ({ stateDir }: Sandbox) => `D=${stateDir} T=${stateDir}/tx.${nonce}\n`;

/** Waits until a condition holds, half a minute at most. */
export const until = (condition: string) =>
  `i=0; until ${condition}; do i=$((i + 1)); [ $i -lt 300 ] || { echo "waited in vain: ${condition.replaceAll('"', "")}" >&2; exit 1; }; sleep 0.1; done`;

/** Waits until the transaction has ended. */
export const ended = (sandbox: Sandbox) => `${folders(sandbox)}${until('[ ! -e "$T" ]')}`;

/** Somebody began to take the change back, or to confirm it, and is dead. */
export const abandoned = (sandbox: Sandbox, how: "firing" | "confirmed") =>
  `${folders(sandbox)}mv "$T/armed" "$T/${how}"; echo 999999 >"$T/owner"`;

/** The time to confirm is over; by a clock, since no test is to hang on how fast this machine is. */
export const late = ({ dir }: Sandbox) =>
  `read -r up rest </proc/uptime; echo "$((\${up%%.*} + 100)).00 $rest" >${dir}/uptime; mount --bind ${dir}/uptime /proc/uptime`;

/** Stand-ins for tools of the router, from here on the first that its scripts find: their text behind `#!/bin/sh`. */
export function withTools(sandbox: Sandbox, tools: Readonly<Record<string, string>>): string {
  const dir = `${sandbox.dir}/sbin`;
  for (const [name, text] of Object.entries(tools)) sandbox.write(`tool.${name}`, `#!/bin/sh\n${text}\n`);
  const moves = Object.keys(tools).map(
    (name) => `mv ${sandbox.dir}/tool.${name} ${dir}/${name}; chmod 755 ${dir}/${name}`,
  );
  return [`mkdir ${dir}`, ...moves, `mount --bind ${dir} /usr/local/sbin`].join("\n");
}
