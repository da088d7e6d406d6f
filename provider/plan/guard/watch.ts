import { BOOT_FILE } from "../../kinds/boot-files.ts";
import { PERSIST } from "./disk.ts";
import { head, type Run } from "./shell.ts";

/**
 * The watcher: started twice before the first change, outlives the operator's connection, and takes everything back
 * unless the transaction is confirmed in time. Renaming `armed` is the one point where confirm and revert meet: one of
 * them gets it. If the one that reverts is killed on the way, another takes over after two looks; what is confirmed
 * while nobody is left to write it to the disk is written by a watcher.
 */
export function watchScript(run: Run): string {
  return `${head(run)}
${PERSIST}
echo $$ >"$T/alive.$1"
read -r deadline <"$T/deadline"
# With all that it has started: a tool that hangs would do its work after everything is taken back.
end_process() (
  kill -STOP "$1"
  for status in /proc/[0-9]*/status; do
    child=\${status#/proc/} child=\${child%/status}
    while read -r key value rest; do
      [ "$key" != PPid: ] || [ "$value" != "$1" ] || end_process "$child"
    done <"$status"
  done
  kill -9 "$1"
) 2>/dev/null
fire() {
  echo $$ >"$T/owner"
  # Nobody may go on applying while we take back.
  pid=; read -r pid 2>/dev/null <"$T/pid" || :
  if [ -n "$pid" ] && [ -d "/proc/$pid" ]; then end_process "$pid"; sleep 1; fi
  if take_back; then verdict=undone; else verdict=stuck; fi
  [ -d "$T" ] || exit 1
  echo "$RUN $verdict" >"$D/reverted"
  command -v logger >/dev/null 2>&1 && logger -t multiwan "run $RUN was not confirmed: $verdict"
  release; rm -rf "$T"
}
# What is confirmed is in force: it goes to the disk, whoever is left to see to it.
finish() {
  echo $$ >"$T/owner"
  if [ -s "$T/boot" ]; then sed '$d' ${BOOT_FILE} 2>/dev/null | cmp -s - "$T/boot" || persist
  elif [ -e "$T/boot" ]; then forget; fi || echo "$RUN unpersisted" >"$D/reverted"
  close_disk; leave
}
missed=0
while [ -d "$T" ]; do
  if [ -e "$T/armed" ]; then
    uptime_now
    if [ "$U" -ge "$deadline" ] && mv "$T/armed" "$T/firing" 2>/dev/null; then fire; break; fi
  elif [ -e "$T/firing" ] || [ -e "$T/confirmed" ]; then
    owner=; read -r owner _ 2>/dev/null <"$T/owner" || :
    if [ -n "$owner" ] && [ -d "/proc/$owner" ]; then missed=0; else missed=$((missed + 1)); fi
    # One after the other: the second leaves the first time to say that it is there.
    if [ "$missed" -ge $((2 * $1)) ]; then
      if [ -e "$T/confirmed" ]; then finish; else fire; fi
      break
    fi
  fi
  sleep 1
done`;
}
