# The first exchange: lock, compare, try dry, arm, apply. With base.sh, lock.sh and end-log.sh.
# NOT_AFTER: second of the router's uptime after which nobody waits for the answer any more.

# A connection that was given up may deliver the script late.
refuse_late() {
  uptime_now
  [ "$U" -le "$NOT_AFTER" ] || { say expired; exit 0; }
}

# $T/seen: the manifest that the plan was made from; empty for none.
refuse_stale() {
  if [ -e "$D/manifest" ]; then cmp -s "$D/manifest" "$T/seen"; else [ ! -s "$T/seen" ]; fi || { say stale; leave; exit 0; }
}

# refused STEP CODE: its dry run has failed, and $T/out says why.
refused() {
  say refused "$1" "$2"
  cat "$T/out"
  echo
  say end
  leave
  exit 0
}

# What a rollback is judged by. A process was short for it: it could not be, and the caller reads and plans again.
look_before() {
  observe >"$T/before"
  is_whole "$T/before" || { leave; exit 0; }
}

# Starts the watchers, and goes on only when both live: from here on the router rolls back what is not confirmed. What they
# will have to write has its room now.
#
# systemd ends a session, or the socket's own sshd@.service, with all processes in its control group: there the watchers are
# units of their own, which are also started again when they are killed. Elsewhere they are processes that leave the
# session's group by themselves.
arm() {
  uptime_now
  { echo 0 >"$T/owner" && echo "$RUN unpersisted" >"$T/unpersisted" && echo $((U + LIMIT)) >"$T/deadline" &&
    echo "$RUN undone" >"$T/armed"; } || unusable
  for w in 1 2; do as_unit $w || as_process $w; done
  i=0
  until [ -s "$T/alive.1" ] && [ -s "$T/alive.2" ]; do
    i=$((i + 1))
    [ $i -le 100 ] || { say unwatched; leave; exit 0; }
    # A unit that does not come.
    [ $i -ne 60 ] || for w in 1 2; do [ -s "$T/alive.$w" ] || as_process $w; done
    sleep 0.05 2>/dev/null || sleep 1
  done
}

as_process() { ( exec </dev/null >/dev/null 2>&1; exec sh "$T/watch.sh" "$1" ) & }

as_unit() {
  [ -d /run/systemd/system ] && command -v systemd-run >/dev/null || return 1
  # Older ones know some of these properties, and each of them is a gain only.
  # shellcheck disable=SC2086 disable=SC2016 # words; expanded by the shell of the unit
  for properties in "--collect -p Restart=on-failure -p RestartSec=1 -p OOMScoreAdjust=-1000 -p TasksMax=infinity" ""; do
    systemd-run -q --no-block $properties --unit="multiwan-$RUN-$1" \
      /bin/sh -c '[ ! -e "$0" ] || exec sh "$0" "$@"' "$T/watch.sh" "$1" unit </dev/null >/dev/null 2>&1 && return 0
  done
  return 1
}
