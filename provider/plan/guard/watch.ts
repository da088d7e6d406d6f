import { BOOT_DIR, BOOT_FILE } from "../../kinds/boot-files.ts";
import { WRITE_FILE } from "./disk.ts";
import { head, type Run } from "./shell.ts";

/**
 * The watcher: started twice before the first change, outlives the operator's connection, and takes everything back
 * unless the transaction is confirmed in time. Renaming `armed` is the one point where confirm and revert meet: one of
 * them gets it. If the one that reverts is killed on the way, the other takes over after two looks.
 */
export function watchScript(run: Run): string {
  return `${head(run)}
${WRITE_FILE}
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
missed=0
while [ -d "$T" ]; do
  if [ -e "$T/armed" ]; then
    uptime_now
    if [ "$U" -ge "$deadline" ] && mv "$T/armed" "$T/firing" 2>/dev/null; then fire; break; fi
  elif [ -e "$T/firing" ] || [ -e "$T/confirmed" ]; then
    owner=; read -r owner 2>/dev/null <"$T/owner" || :
    if [ -n "$owner" ] && [ -d "/proc/$owner" ]; then missed=0; else missed=$((missed + 1)); fi
    if [ "$missed" -ge 2 ]; then
      # Confirmed, and then nobody tidied up: what is not on the disk is written by the next run.
      # Nor does anybody come back for a folder that is empty: no run after the last one.
      if [ -e "$T/confirmed" ]; then [ -e ${BOOT_FILE} ] || rmdir ${BOOT_DIR} 2>/dev/null; close_disk; leave; else fire; fi
      break
    fi
  fi
  sleep 1
done`;
}
