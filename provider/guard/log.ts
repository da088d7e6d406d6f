/**
 * LOG rules that end by themselves, whoever has put them there and wherever he is now: a watcher on the router takes them
 * away at a moment of its own clock, and so does the next change of the router. Pure text for POSIX sh.
 */
import { LOG_HOOKS, LOG_TABLE, logChain } from "../dialects/iptables/log-chain.ts";
import { quote } from "../dialects/quote.ts";
import { type Holder, lock, PREPARE } from "./lock.ts";
import { type Outcome, parseOutcome } from "./outcome.ts";
import { file, head, type Run } from "./shell.ts";

/**
 * `end_log`: an earlier log ends now. Whoever renames its folder does it and the others wait, so that no two of them, nor
 * a change behind it, write the table at once.
 */
export const END_LOG = `end_log() {
  [ -d "$D/log" ] || [ -d "$D/log.end" ] || return 0
  if [ -d "$D/log.end" ] || ! mv "$D/log" "$D/log.end" 2>/dev/null; then
    i=0
    # Killed on the way: then we do it.
    while [ -d "$D/log.end" ] && [ $i -lt 20 ]; do i=$((i + 1)); sleep 1; done
    [ -d "$D/log.end" ] || return 0
  fi
  sh "$D/log.end/off.sh"; rm -rf "$D/log.end"
}`;

/** Of a router's capabilities, what it takes to write its mangle table. */
export interface Tools {
  /** Command name of the router's iptables variant, without -save. */
  readonly iptables: string;
  /** `iptables-restore -w 10 --noflush`, quoted for the shell. */
  readonly restore: string;
}

export interface Logging extends Run, Tools, Holder {
  /** Matches in iptables' words, one rule each: a packet that fits any of them is logged once in each chain. */
  readonly matches: readonly string[];
  /** Begins each line in the kernel's log, before the chain's name. At most 13 characters, no quotes. */
  readonly prefix: string;
  /** What is logged, for a second operator to read. */
  readonly what: string;
}

/** `seconds` of the holder is how long the log lives. Says `on SECONDS`, `busy SECONDS` with who and what, or an Outcome. */
export function logOnScript(log: Logging): string {
  const { nonce, restore, seconds, iptables } = log;
  return [
    head(log),
    END_LOG,
    PREPARE,
    // The lock is held for this script only.
    lock({ who: log.who, seconds: 30 }),
    `if [ -d "$D/log" ]; then
  until=0; read -r until 2>/dev/null <"$D/log/until" || :
  uptime_now
  if [ "\${until:-0}" -gt "$U" ]; then say busy $((until - U)); cat "$D/log/what"; say end; leave; exit 0; fi
  end_log
fi
mkdir "$T/log"`,
    file("on", onText(log), nonce),
    file("log/off", offText(), nonce),
    file("log/off.sh", `${offScript(log)}\n`, nonce),
    file("log/watch.sh", `${watchScript(log)}\n`, nonce),
    file("log/what", `${log.who}\n${log.what}\n`, nonce),
    `echo "$RUN" >"$T/log/run"
# What another /run has forgotten.
! ${quote(`${iptables}-save`)} -t ${LOG_TABLE} 2>/dev/null | grep -q 'mw-log\\.' || sh "$T/log/off.sh" "$T/log"
{ ${restore} --test <"$T/on"; } >"$T/out" 2>&1 || { say refused 1 $?; cat "$T/out"; echo; say end; leave; exit 0; }
uptime_now; echo $((U + ${seconds})) >"$T/log/until"
mv "$T/log" "$D/log" || { say unusable "$D"; leave; exit 0; }
( exec </dev/null >/dev/null 2>&1; cd /; exec sh "$D/log/watch.sh" ) &
i=0
until [ -s "$D/log/alive" ]; do
  i=$((i + 1)); [ $i -le 100 ] || { say unwatched; end_log; leave; exit 0; }
  sleep 0.05 2>/dev/null || sleep 1
done
if ${restore} <"$T/on" >"$T/out" 2>&1; then say on ${seconds}
else say refused 1 $?; cat "$T/out"; echo; say end; end_log; fi
leave`,
  ].join("\n");
}

/** Says `off`, with who and what if there was a log, else `none`. */
export function logOffScript(run: Run & Tools): string {
  return [
    head(run),
    END_LOG,
    `if [ -d "$D/log" ]; then say off; cat "$D/log/what"; say end; end_log
elif [ -d "$D/log.end" ]; then say off; say end; end_log
elif ${quote(`${run.iptables}-save`)} 2>/dev/null | grep -q '^:mw-log\\.'; then say off; say end; ${singly(run.iptables)}
else say none; fi
rmdir "$D" 2>/dev/null || :`,
  ].join("\n");
}

/** Once, from the first to the last: every table first, then every rule. */
function onText({ matches, prefix }: Logging): string {
  return [
    `*${LOG_TABLE}`,
    ...LOG_HOOKS.map((hook) => `:${logChain(hook)} - [0:0]`),
    ...LOG_HOOKS.flatMap((hook) =>
      matches.flatMap((match) => [
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

/** Where somebody has taken a part of them away, the rest goes one by one. */
function singly(iptables: string): string {
  const tool = `${quote(iptables)} -t ${LOG_TABLE}`;
  return `{ ${LOG_HOOKS.map((hook) => `while ${tool} -D ${hook} -j ${logChain(hook)}; do :; done; ${tool} -F ${logChain(hook)}; ${tool} -X ${logChain(hook)}`).join("\n")}; } 2>/dev/null`;
}

/** Another program may hold iptables' lock: again, for some time. */
function offScript({ iptables, restore }: Tools): string {
  return `L=\${1:-\${0%/*}}
for again in 1 2 3 4 5 6 7 8 9 10; do
${restore} <"$L/off" 2>/dev/null ||
${singly(iptables)}
${quote(`${iptables}-save`)} -t ${LOG_TABLE} | grep -q 'mw-log\\.' || exit 0
sleep 1
done
exit 1`;
}

function watchScript(log: Logging): string {
  return `${head(log)}
${END_LOG}
echo $$ >"$D/log/alive"
read -r until <"$D/log/until"
run=
while read -r run 2>/dev/null <"$D/log/run" && [ "$run" = "$RUN" ]; do
  uptime_now
  if [ "$U" -ge "$until" ]; then end_log; rmdir "$D" 2>/dev/null; break; fi
  sleep 1
done`;
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
