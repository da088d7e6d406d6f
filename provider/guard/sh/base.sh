# What all scripts of a transaction begin with. POSIX sh: dash, busybox ash, mksh, bash; no tool that a small router lacks.
# D: the provider's folder, such as /run/multiwan. RUN: the nonce of this transaction, which begins every line that its
# scripts say, so that no tool's output passes for one. T: the transaction's own folder. D and T exist only while there is
# something in them.
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 077
# Once started a script runs to its end: the operator's line may break at any moment.
trap '' HUP INT PIPE
T=$D/tx.$RUN
# mksh and bash keep a here-document in a file: here, since the usual folder may be full or read-only.
TMPDIR=$T
export TMPDIR

say() { echo "@@$RUN $*"; }

# Seconds since boot, in U: no clock that anybody can set, and no process for it.
uptime_now() {
  read -r U _ </proc/uptime
  U=${U%%.*}
}

# When a process began, in BORN: a number that comes again is another process (proc(5): field 22, the 20th behind the name).
# shellcheck disable=SC2086 # its words
born() { read -r stat 2>/dev/null <"/proc/$1/stat" && NUMBER=${stat%% *} && set -- ${stat##*) } && BORN=${20}; }
# This process: its number, and when it began. Not $$: framed for a session a script is a part of its shell, with a number of its own, and it
# is the one that has to end when another run takes the lock.
itself() { born self; echo "$NUMBER $BORN"; }

# The lock is a file that appears with its content (link(2)): run, time it ends, boot; then who holds it.
release() {
  run=
  read -r run _ 2>/dev/null <"$D/lock" || :
  [ "$run" != "$RUN" ] || rm -f "$D/lock"
}

# stop_clocks FOLDER: those who wait there look up (pause.sh).
stop_clocks() {
  for ticker in "$1"/ticker.*; do
    pid=
    { read -r pid since <"$ticker"; } 2>/dev/null
    if [ -n "$pid" ] && born "$pid" && [ "$BORN" = "$since" ]; then kill "$pid"; fi
  done
}

leave() {
  release
  stop_clocks "$T"
  rm -rf "$T"
  rmdir "$D" 2>/dev/null || :
}

# The way back may be killed like anything else, and begins again where it was.
take_back() {
  for _ in 1 2 3; do
    sh "$T/undo.sh"
    rc=$?
    # Its number means nobody any more, and there is still something to do: it is this process that must be alive.
    { echo $$ >"$T/owner"; } 2>/dev/null
    [ $rc -gt 1 ] || return $rc
  done
  return 1
}

# The operator's own: what it does not bring to its end it leaves to the watchers, which do not give up.
roll_back() {
  echo $$ >"$T/owner"
  if take_back; then
    say undone
    leave
  else
    say stuck
    rm -f "$T/owner"
  fi
}

# keep_manifest FILE: a link needs no room for content, where /run is full. It never removes: a file that another process, which has
# ended the change meanwhile, took away is not an empty one.
keep_manifest() {
  [ -s "$1" ] || return 1
  rm -f "$D/manifest.new"
  cmp -s "$1" "$D/manifest" || { ln "$1" "$D/manifest.new" && mv "$D/manifest.new" "$D/manifest"; }
}

# The one of before the change: where there is no room for another name either, the file itself takes the place.
restore_manifest() {
  [ -e "$T/seen" ] || [ ! -d "$T" ] || return 0
  keep_manifest "$T/seen" || { [ -s "$T/seen" ] && mv "$T/seen" "$D/manifest"; }
}

drop_manifest() { [ -d "$T" ] && rm -f "$D/manifest" "$D/manifest.new" "$D/default"; }
