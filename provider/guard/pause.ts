/**
 * Waiting without a new process, for those who wait until there can be one again. Shells whose `read` has a timeout wait by
 * it; dash has none, and there `tail -f`, started before anything can be scarce, hands back within a second what it is given.
 * The shell's standard input is what it waits on: of all descriptors the one that every shell keeps over `exec`.
 */

/** `clock NAME` once, before anything can be scarce; `pause` waits about a second. */
export const PAUSE = `clock() {
  CLOCK=$T/clock.$1; export CLOCK TICK
  mkfifo "$T/tick.$1" 2>/dev/null || return 0
  { read -r -t 1 tick; } </dev/null >/dev/null 2>&1
  # What read calls an illegal option is 2, the end of a file 1.
  if [ $? -lt 2 ]; then
    command exec 0<>"$T/tick.$1" && TICK=timed
  elif command -v tail >/dev/null && : >"$CLOCK" && command exec 4<>"$T/tick.$1" && command exec 0<"$T/tick.$1"; then
    tail -f <"$CLOCK" >&4 4>&- 2>/dev/null &
    born $! && echo "$! $BORN" >"$T/ticker.$1"
    # From here on the end of tail is the end of the file.
    command exec 4>&-; TICK=tail
  fi
}
pause() {
  if [ "\${TICK-}" = timed ]; then read -r -t 1 tick; return 0
  elif [ "\${TICK-}" = tail ] && { echo >>"$CLOCK"; } 2>/dev/null && read -r tick; then return 0; fi
  command eval 'sleep 1' 2>/dev/null && return 0
  i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done
}`;

/** `stop_clocks FOLDER`: those who wait there look up. */
export const STOP_CLOCKS = `stop_clocks() {
  for ticker in "$1"/ticker.*; do
    pid=; { read -r pid since <"$ticker"; } 2>/dev/null
    if [ -n "$pid" ] && born "$pid" && [ "$BORN" = "$since" ]; then kill "$pid"; fi
  done
}`;
