# One change of a router at a time, whoever makes it.
# LIMIT: seconds from arming until the router rolls back by itself. WHO: who runs this, for a second operator to read.

unusable() {
  say unusable "$T"
  leave
  exit 0
}

# A folder that others may write to is no place for what root will run.
prepare() {
  # shellcheck disable=SC2015 # any of them
  mkdir -p "$D" && [ -d "$D" ] && [ ! -L "$D" ] && [ -O "$D" ] && chmod 700 "$D" || { say unusable "$D"; exit 0; }
  mkdir "$T" || { say unusable "$T"; exit 0; }
  # mksh looks at it only when it is set.
  TMPDIR=$T
}

# Past the time to confirm the router rolls a change back by itself. Where nobody is left who would, or where those who try
# do not get there, the next contact does it, before the lock ends.
overdue() {
  [ ! -e "$D/tx.$run/stuck" ] || return 0
  deadline=
  { read -r deadline <"$D/tx.$run/deadline"; } 2>/dev/null
  [ -n "$deadline" ] && [ "$U" -gt $((deadline + 3)) ] && [ ! -e "$D/tx.$run/confirmed" ] &&
    ! grep -q "/t[x].$run/" /proc/[0-9]*/cmdline 2>/dev/null
}

# locked SECONDS [WHO]: another run holds it, and for how long.
locked() {
  say locked "$1"
  [ $# -lt 2 ] || echo "$2"
  say end
  rm -rf "$T"
  exit 0
}

# A lock of another boot, or past its end, was left behind; a change that was never confirmed then is taken back first.
take_lock() {
  boot=
  read -r boot 2>/dev/null </proc/sys/kernel/random/boot_id || :
  uptime_now
  printf '%s %s %s\n%s\n' "$RUN" $((U + LIMIT + 60)) "$boot" "$WHO" >"$T/lock" || { say unusable "$T"; rm -rf "$T"; exit 0; }
  if ! ln "$T/lock" "$D/lock" 2>/dev/null; then
    run= until=0 theirs= who=
    { read -r run until theirs; IFS= read -r who; } 2>/dev/null <"$D/lock" || :
    # A damaged lock leads nowhere.
    case $run in *[!0-9a-f]*) run= ;; esac
    if [ "$theirs" = "$boot" ] && [ "${until:-0}" -gt "$U" ] && ! overdue; then locked $((until - U)) "$who"; fi
    mv "$D/lock" "$T/stale" 2>/dev/null
    read -r moved _ 2>/dev/null <"$T/stale" || moved=
    # Another run was faster: what was moved is its fresh lock.
    case $moved in *[!0-9a-f]*) moved= ;; esac
    if [ "$moved" != "$run" ]; then
      ln "$T/stale" "$D/lock" 2>/dev/null
      locked 0
    fi
    end_left
    ln "$T/lock" "$D/lock" 2>/dev/null || locked 0
  fi
  for old in "$D"/tx.*; do [ "$old" = "$T" ] || rm -rf "$old"; done
}

# Nothing of the run that was left may go on where it stood, after a minute or a day: neither a process that was stopped nor one that
# a disk held up. Nor is anything of it to be started again by systemd.
end_left() {
  rm -f "$D/tx.$run/watch.sh"
  # shellcheck disable=SC2013 # no blanks in these paths
  for living in $(grep -l "/t[x].${run:-none}/" /proc/[0-9]*/cmdline 2>/dev/null); do
    living=${living#/proc/}
    kill -9 "${living%/cmdline}" 2>/dev/null
  done
  stop_clocks "$D/tx.$run"
  if [ -e "$D/tx.$run/confirmed" ]; then
    # The operator's shell, held up by a disk: its command line does not show the run.
    owner= since=
    read -r owner since 2>/dev/null <"$D/tx.$run/owner" || :
    if [ -n "$since" ] && born "$owner" && [ "$BORN" = "$since" ]; then kill -9 "$owner"; fi
    [ ! -e "$D/tx.$run/ro" ] || sh "$D/tx.$run/undo.sh" close
  elif [ -f "$D/tx.$run/undo.sh" ]; then sh "$D/tx.$run/undo.sh"; fi
}
