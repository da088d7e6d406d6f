import { head, type Run } from "./shell.ts";

/**
 * The watcher: started twice before the first change, outlives the operator's connection, and takes everything back
 * unless the transaction is confirmed in time. Renaming `armed` is the one point where confirm and revert meet: one of
 * them gets it. If the one that reverts is killed on the way, the other takes over after two looks.
 */
export function watchScript(run: Run): string {
  return `${head(run)}
echo $$ >"$T/alive.$1"
read -r deadline <"$T/deadline"
fire() {
  echo $$ >"$T/owner"
  # Nobody may go on applying while we take back.
  pid=; read -r pid 2>/dev/null <"$T/pid" || :
  if [ -n "$pid" ] && [ -d "/proc/$pid" ]; then kill -9 "$pid" 2>/dev/null; sleep 1; fi
  if sh "$T/undo.sh"; then verdict=undone; else verdict=stuck; fi
  echo "$RUN $verdict" >"$D/reverted"
  command -v logger >/dev/null 2>&1 && logger -t multiwan "run $RUN was not confirmed: $verdict"
  release; rm -rf "$T"
}
missed=0
while [ -d "$T" ]; do
  if [ -e "$T/armed" ]; then
    uptime_now
    if [ "$U" -ge "$deadline" ] && mv "$T/armed" "$T/firing" 2>/dev/null; then fire; break; fi
  elif [ -e "$T/firing" ]; then
    owner=; read -r owner 2>/dev/null <"$T/owner" || :
    if [ -n "$owner" ] && [ -d "/proc/$owner" ]; then missed=0; else missed=$((missed + 1)); fi
    if [ "$missed" -ge 2 ]; then fire; break; fi
  fi
  sleep 1
done`;
}
