# The second exchange, all is well: who renames armed first decides, the operator or the watchers. What is confirmed is
# written to the disk last, so that a reboot at any moment before comes back with what was confirmed before.
# KEEP: persist, forget, or empty where the boot file stays as it is. CLEARS: not empty where what failed rollbacks left is gone.
uptime_now
deadline=
{ read -r deadline <"$T/deadline"; } 2>/dev/null
# Past its time nothing can be confirmed any more, also where it has not been rolled back yet.
if [ -n "$deadline" ] && [ "$U" -ge "$deadline" ]; then
  if mv "$T/armed" "$T/firing" 2>/dev/null; then roll_back; else say late; fi
elif mv "$T/armed" "$T/confirmed" 2>/dev/null; then
  itself >"$T/owner"
  rm -f "$D/reverted"
  [ -z "$CLEARS" ] || rm -f "$D"/left.*
  [ -z "$KEEP" ] || $KEEP >"$T/out" 2>&1 || { say unpersisted; cat "$T/out"; echo; say end; }
  leave
  say confirmed
else
  say late
fi
