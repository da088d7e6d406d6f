/** One change of a router at a time, whoever makes it. */
import { quote } from "../dialects/quote.ts";
import { head, type Run } from "./shell.ts";

export interface Holder {
  /** Seconds from arming until the router takes everything back by itself. */
  readonly seconds: number;
  /** Who runs this, for a second operator to read: `anna@laptop`. */
  readonly who: string;
}

/**
 * Does a lock hold anybody up? It counts in the boot in which it was taken, and until its time is over.
 * @param uptime seconds since the router's boot
 */
export function isHeld(
  lock: { readonly until: number; readonly boot: string },
  bootId: string,
  uptime: number,
): boolean {
  // Of /proc/sys the shell that takes the lock may have read the first byte only.
  return bootId.startsWith(lock.boot) && lock.until > uptime;
}

/** A folder that anybody else may write to is no place for what root will run. */
export const PREPARE = `mkdir -p "$D" && [ -d "$D" ] && [ ! -L "$D" ] && [ -O "$D" ] && chmod 700 "$D" || { say unusable "$D"; exit 0; }
mkdir "$T" || { say unusable "$T"; exit 0; }
# mksh looks at it only when it is set.
TMPDIR=$T`;

/**
 * Past the time to confirm the router rolls a change back by itself. Where nobody is left who would, or where those who try
 * do not get there, the next contact does it, before the lock ends.
 */
const OVERDUE = `overdue() {
  [ ! -e "$D/tx.$run/stuck" ] || return 0
  deadline=; { read -r deadline <"$D/tx.$run/deadline"; } 2>/dev/null
  [ -n "$deadline" ] && [ "$U" -gt $((deadline + 3)) ] && [ ! -e "$D/tx.$run/confirmed" ] &&
    ! grep -q "/t[x].$run/" /proc/[0-9]*/cmdline 2>/dev/null
}`;

/** A lock of another boot, or past its end, was left behind; a change that was never confirmed then is taken back first. */
export function lock({ seconds, who }: Holder): string {
  return `${OVERDUE}
boot=; read -r boot 2>/dev/null </proc/sys/kernel/random/boot_id || :
uptime_now
printf '%s %s %s\\n%s\\n' "$RUN" $((U + ${seconds} + 60)) "$boot" ${quote(who)} >"$T/lock" || { say unusable "$T"; rm -rf "$T"; exit 0; }
if ! ln "$T/lock" "$D/lock" 2>/dev/null; then
  run= until=0 theirs= who=
  { read -r run until theirs; IFS= read -r who; } 2>/dev/null <"$D/lock" || :
  # A damaged lock leads nowhere.
  case $run in *[!0-9a-f]*) run= ;; esac
  if [ "$theirs" = "$boot" ] && [ "\${until:-0}" -gt "$U" ] && ! overdue; then
    say locked $((until - U)); echo "$who"; say end; rm -rf "$T"; exit 0
  fi
  mv "$D/lock" "$T/stale" 2>/dev/null
  read -r moved _ 2>/dev/null <"$T/stale" || moved=
  # Somebody else was faster: what we moved is their fresh lock.
  case $moved in *[!0-9a-f]*) moved= ;; esac
  if [ "$moved" != "$run" ]; then ln "$T/stale" "$D/lock" 2>/dev/null; say locked 0; say end; rm -rf "$T"; exit 0; fi
  # Nobody of it may go on where it stood, after a minute or a day: neither a process that was stopped nor one that a disk held up.
  # Nor is anything of it to be started again by systemd.
  rm -f "$D/tx.$run/watch.sh"
  for living in $(grep -l "/t[x].\${run:-none}/" /proc/[0-9]*/cmdline 2>/dev/null); do
    living=\${living#/proc/}; kill -9 "\${living%/cmdline}" 2>/dev/null
  done
  stop_clocks "$D/tx.$run"
  if [ -e "$D/tx.$run/confirmed" ]; then
    # The operator's shell, held up by a disk: it has no name of ours to be found by.
    owner= since=; read -r owner since 2>/dev/null <"$D/tx.$run/owner" || :
    if [ -n "$since" ] && born "$owner" && [ "$BORN" = "$since" ]; then kill -9 "$owner"; fi
    [ ! -e "$D/tx.$run/ro" ] || sh "$D/tx.$run/undo.sh" close
  elif [ -f "$D/tx.$run/undo.sh" ]; then sh "$D/tx.$run/undo.sh"; fi
  ln "$T/lock" "$D/lock" 2>/dev/null || { say locked 0; say end; rm -rf "$T"; exit 0; }
fi
for old in "$D"/tx.*; do [ "$old" = "$T" ] || rm -rf "$old"; done`;
}

/** Nothing but what a lock begins with: a change whose time is over, and that nobody rolled back, is rolled back. */
export function settleScript(run: Run, holder: Holder): string {
  return [head(run), PREPARE, lock(holder), "say settled; leave"].join("\n");
}
