# The watcher: started twice before the first change, outlives the operator's connection, and rolls everything back unless
# the transaction is confirmed in time. Renaming armed is the one point where confirm and rollback meet: one of them gets it.
# If the one that rolls back is killed on the way, another takes over after two looks; what is confirmed while nobody is left
# to write it to the disk is written by a watcher.
#
# Nothing that is scarce ends it. A process that cannot be had is an error that ends a shell: dash and busybox go on behind
# command eval, mksh and bash begin again by the trap, which needs no process. What failed is tried again, for as long as it
# takes: a rollback gives up when another ends the transaction, and not before.
#
# watch.sh N: 1 and 2 are the router's own; an operator who comes back watches as the third until it has ended.
W=$1 missed=0 deadline= grace=0 U=0
[ "$W" -lt 3 ] || grace=2

# With all that it has started: a tool that hangs would do its work after everything is taken back.
end_process() (
  kill -STOP "$1"
  for status in /proc/[0-9]*/status; do
    child=${status#/proc/} child=${child%/status}
    while read -r key value rest; do
      [ "$key" != PPid: ] || [ "$value" != "$1" ] || end_process "$child"
    done <"$status"
  done
  kill -9 "$1"
) 2>/dev/null

is_of_run() { [ -n "$1" ] && [ -d "/proc/$1" ] && grep -q "/tx.$RUN/" "/proc/$1/cmdline" 2>/dev/null; }

fire() {
  echo $$ >"$T/owner"
  # Nothing may go on applying while this one takes back.
  pid=
  { read -r pid <"$T/pid"; } 2>/dev/null
  if is_of_run "$pid"; then end_process "$pid"; pause; fi
  naps=1
  until take_back; do
    # Another has ended it.
    [ -f "$T/undo.sh" ] || { [ ! -d "$T" ] || leave; return 0; }
    if [ $naps -ge 4 ]; then
      { echo >"$T/stuck"; } 2>/dev/null
      if [ "$W" -ge 3 ]; then rm -f "$T/owner"; return 0; fi
    fi
    nap=0
    while [ $nap -lt $naps ]; do nap=$((nap + 1)); pause; done
    [ $naps -ge 16 ] || naps=$((naps * 2))
  done
  [ -d "$T" ] || return 0
  # A link needs no room, where /run is full.
  ln -f "$T/firing" "$D/reverted"
  if command -v logger >/dev/null 2>&1; then logger -t multiwan "run $RUN was not confirmed: rolled back"; fi
  leave
}

# What is confirmed is in force: it goes to the disk, whoever is left to see to it.
finish() {
  echo $$ >"$T/owner"
  if [ -s "$T/boot" ]; then sed '$d' "$BOOT_FILE" 2>/dev/null | cmp -s - "$T/boot" || persist
  elif [ -e "$T/boot" ]; then forget; fi || ln -f "$T/unpersisted" "$D/reverted"
  close_disk
  leave
}

go_on() { if [ -e "$T/confirmed" ]; then finish; else fire; fi; }

look() {
  [ -n "$deadline" ] || { read -r deadline <"$T/deadline"; } 2>/dev/null || return 0
  if [ -e "$T/armed" ]; then
    uptime_now
    if [ "$U" -ge $((deadline + grace)) ] && mv "$T/armed" "$T/firing" 2>/dev/null; then fire; fi
  elif [ -e "$T/firing" ] || [ -e "$T/confirmed" ]; then
    owner=
    { read -r owner _ <"$T/owner"; } 2>/dev/null
    if [ "$owner" = $$ ]; then go_on
    elif [ -n "$owner" ] && [ -d "/proc/$owner" ]; then missed=0
    else
      # One after the other: the second leaves the first time to say that it is there.
      missed=$((missed + 1))
      [ "$missed" -lt $((2 * W)) ] || go_on
    fi
  fi
}

if [ "$W" -lt 3 ]; then
  other=
  { read -r other <"$T/alive.$W"; } 2>/dev/null
  [ "$other" = $$ ] || ! is_of_run "$other" || exit 0
  trap 'exec sh "$T/watch.sh" "$W" "'"${2-}"'"' EXIT
  exec >/dev/null 2>&1
  if [ "$other" != $$ ]; then
    cd /
    # The last that the kernel kills for memory.
    { echo -1000 >/proc/self/oom_score_adj || echo -17 >/proc/self/oom_adj; } 2>/dev/null
    # Out of the session's control group: what ends that one, or keeps it short, is to spare this.
    if [ "${2-}" != unit ]; then
      group=/sys/fs/cgroup/cgroup.procs
      [ -e $group ] || group='/sys/fs/cgroup/*/cgroup.procs'
      for group in $group; do { echo $$ >"$group"; } 2>/dev/null; done
    fi
    clock "$W"
    echo $$ >"$T/alive.$W"
  fi
fi
while [ -d "$T" ]; do
  pause
  command eval look
  if [ "$W" -ge 3 ] && [ -e "$T/stuck" ]; then break; fi
done
# bash comes here with an error too.
[ -d "$T" ] || trap - EXIT
