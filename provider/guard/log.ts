/**
 * LOG rules that end by themselves, whoever has put them there and wherever he is now: a watcher on the router takes them
 * away at a moment of its own clock, and so does the next change of the router. Pure text for POSIX sh.
 */

import { LOG_HOOKS, LOG_TABLE, logChain } from "../dialects/iptables/log-chain.ts";
import { matchText } from "../dialects/iptables/packet-rule.ts";
import type { Script } from "../dialects/script.ts";
import type { Match } from "../model/packet-rule.ts";
import { END_LOG, LOCK, LOG_END, LOG_OFF, LOG_ON, LOG_RULES, LOG_WATCH } from "./bodies.ts";
import type { Holder } from "./lock.ts";
import { type Outcome, parseOutcome } from "./outcome.ts";
import { file, keepBodies, keepScript, type Run, scriptWith } from "./shell.ts";

/** Of a router's capabilities, what it takes to write its mangle table. */
export interface Tools {
  /** Command name of the router's iptables variant, without -save. */
  readonly iptables: string;
  /** `iptables-restore -w 10 --noflush`, quoted for the shell. */
  readonly restore: string;
}

export interface Logging extends Run, Tools, Holder {
  /** One rule each: a packet that fits any of them is logged once in each chain. */
  readonly matches: readonly (readonly Match[])[];
  /** Begins each line in the kernel's log, before the chain's name. At most 13 characters, no quotes. */
  readonly prefix: string;
  /** What is logged, for a second operator to read. */
  readonly what: string;
}

/** `seconds` of the holder is how long the log lives. Says `on SECONDS`, `busy SECONDS` with who and what, or an Outcome. */
export function logOnScript(log: Logging): Script {
  const { nonce, restore, seconds, iptables, who } = log;
  const restoring = `restore() { ${restore} "$@"; }`;
  const text = [
    restoring,
    "prepare",
    "take_lock",
    'refuse_busy\nmkdir "$T/log"',
    file("on", onText(log), nonce),
    file("log/off", offText(), nonce),
    keepScript("log/off.sh", log, [LOG_RULES], restoring, LOG_OFF),
    keepBodies("log/watch.sh", [END_LOG, LOG_WATCH]),
    file("log/what", `${who}\n${log.what}\n`, nonce),
    "start_log",
  ].join("\n");
  // The lock is held for this script only.
  const more = { LIMIT: 30, WHO: who, IPTABLES: iptables, LOG_SECONDS: seconds };
  return scriptWith(log, more, [LOCK, END_LOG, LOG_RULES, LOG_ON], text, [LOG_OFF, LOG_WATCH]);
}

/** Says `off`, with who and what if there was a log, else `none`. */
export function logOffScript(run: Run & Tools): Script {
  return scriptWith(run, { IPTABLES: run.iptables }, [END_LOG, LOG_RULES, LOG_END]);
}

/** Once, from the first to the last: every table first, then every rule. */
function onText({ matches, prefix }: Logging): string {
  return [
    `*${LOG_TABLE}`,
    ...LOG_HOOKS.map((hook) => `:${logChain(hook)} - [0:0]`),
    ...LOG_HOOKS.flatMap((hook) =>
      matches.map(matchText).flatMap((match) => [
        `-A ${logChain(hook)} ${match} -m limit --limit 20/second --limit-burst 100 -j LOG --log-prefix "${prefix} ${hook.toLowerCase()} " --log-level 6`,
        // A packet that fits two of them is logged once.
        `-A ${logChain(hook)} ${match} -j RETURN`,
      ]),
    ),
    ...LOG_HOOKS.map((hook) => `-I ${hook} 1 -j ${logChain(hook)}`),
    "COMMIT",
    "",
  ].join("\n");
}

function offText(): string {
  return [
    `*${LOG_TABLE}`,
    ...LOG_HOOKS.map((hook) => `-D ${hook} -j ${logChain(hook)}`),
    ...LOG_HOOKS.map((hook) => `-F ${logChain(hook)}`),
    ...LOG_HOOKS.map((hook) => `-X ${logChain(hook)}`),
    "COMMIT",
    "",
  ].join("\n");
}

export type LogOutcome =
  | { readonly kind: "on"; readonly seconds: number }
  | { readonly kind: "none" }
  /** Another log is running, or was: who and what, as it was given; undefined where that is not known. */
  | { readonly kind: "busy"; readonly seconds: number; readonly who: string; readonly what: string }
  | { readonly kind: "off"; readonly who: string | undefined; readonly what: string | undefined }
  | { readonly kind: "unwatched" }
  | Extract<Outcome, { kind: "unusable" | "locked" | "refused" }>;

/** undefined: the script did not come to its end. */
export function parseLogOutcome(output: string, nonce: string): LogOutcome | undefined {
  const said = new RegExp(`^@@${nonce} (on|none|busy|off)(?: (\\d+))?\\n([\\s\\S]*)`, "m").exec(output);
  if (!said) {
    const outcome = parseOutcome(output, nonce);
    const known = ["unusable", "unwatched", "locked", "refused"] as const;
    return known.some((kind) => kind === outcome?.kind) ? (outcome as LogOutcome) : undefined;
  }
  const [, verb, number, rest = ""] = said;
  const [who, what] = rest.startsWith(`@@${nonce}`) ? [] : rest.split("\n");
  switch (verb) {
    case "on":
      return { kind: "on", seconds: Number(number) };
    case "busy":
      return { kind: "busy", seconds: Number(number), who: who ?? "", what: what ?? "" };
    case "off":
      return { kind: "off", who, what };
    default:
      return { kind: "none" };
  }
}
