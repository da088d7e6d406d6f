# Waiting without a new process, for those who wait until there can be one again. Shells whose read has a timeout wait by it;
# dash has none, and there tail -f, started before anything can be scarce, hands back within a second what it is given. The
# shell's standard input is what it waits on: of all descriptors the one that every shell keeps over exec.

# clock NAME, once, before anything can be scarce.
# shellcheck disable=SC3045 # asked whether it is there
clock() {
  CLOCK=$T/clock.$1
  export CLOCK TICK
  mkfifo "$T/tick.$1" 2>/dev/null || return 0
  { read -r -t 1 tick; } </dev/null >/dev/null 2>&1
  # What read calls an illegal option is 2, the end of a file 1.
  if [ $? -lt 2 ]; then
    command exec 0<>"$T/tick.$1" && TICK=timed
  elif command -v tail >/dev/null && : >"$CLOCK" && command exec 4<>"$T/tick.$1" && command exec 0<"$T/tick.$1"; then
    tail -f <"$CLOCK" >&4 4>&- 2>/dev/null &
    born $! && echo "$! $BORN" >"$T/ticker.$1"
    # From here on the end of tail is the end of the file.
    command exec 4>&-
    TICK="tail"
  fi
}

# About a second.
# shellcheck disable=SC3045,SC2034 # only where it is there; what it reads is nothing
pause() {
  if [ "${TICK-}" = timed ]; then
    read -r -t 1 tick
    return 0
  elif [ "${TICK-}" = tail ] && { echo >>"$CLOCK"; } 2>/dev/null && read -r tick; then
    return 0
  fi
  command eval 'sleep 1' 2>/dev/null && return 0
  i=0
  while [ $i -lt 20000 ]; do i=$((i + 1)); done
}
