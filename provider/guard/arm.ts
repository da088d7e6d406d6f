import type { Beginning } from "./begin.ts";

/**
 * Starts the watchers, and goes on only when both live: from here on the router rolls back what is not confirmed. What they
 * will have to write has its room now.
 *
 * systemd ends a session, or the socket's own sshd@.service, with all processes in its control group: there the watchers
 * are units of their own, which are also started again when somebody kills them. Elsewhere they are processes that leave the
 * session's group by themselves.
 */
export function arm({ seconds }: Pick<Beginning, "seconds">): string {
  return `uptime_now
{ echo 0 >"$T/owner" && echo "$RUN unpersisted" >"$T/unpersisted" && echo $((U + ${seconds})) >"$T/deadline" &&
  echo "$RUN undone" >"$T/armed"; } || { say unusable "$T"; leave; exit 0; }
as_process() { ( exec </dev/null >/dev/null 2>&1; exec sh "$T/watch.sh" "$1" ) & }
as_unit() {
  [ -d /run/systemd/system ] && command -v systemd-run >/dev/null || return 1
  # Older ones know some of these properties, and each of them is a gain only.
  for properties in "--collect -p Restart=on-failure -p RestartSec=1 -p OOMScoreAdjust=-1000 -p TasksMax=infinity" ""; do
    systemd-run -q --no-block $properties --unit="multiwan-$RUN-$1" \\
      /bin/sh -c '[ ! -e "$0" ] || exec sh "$0" "$@"' "$T/watch.sh" "$1" unit </dev/null >/dev/null 2>&1 && return 0
  done
  return 1
}
for w in 1 2; do as_unit $w || as_process $w; done
i=0
until [ -s "$T/alive.1" ] && [ -s "$T/alive.2" ]; do
  i=$((i + 1)); [ $i -le 100 ] || { say unwatched; leave; exit 0; }
  # A unit that does not come.
  [ $i -ne 60 ] || for w in 1 2; do [ -s "$T/alive.$w" ] || as_process $w; done
  sleep 0.05 2>/dev/null || sleep 1
done`;
}
