# A process of its own, so that the watchers can stop it; it stops by itself when they have begun.
# s1, s2...: the steps, and behind the last one the manifest. STEPS: the number of steps. ALONE: those that are one command
# each, which either happened or failed.
echo $$ >"$T/pid"
n=0
while [ $n -le "$STEPS" ]; do
  n=$((n + 1))
  [ -e "$T/armed" ] || { say late; exit 0; }
  echo $n >"$T/doing" && "s$n" >"$T/out" 2>&1 && continue
  rc=$?
  # What is there already, and makes it fail, is foreign, whoever takes back.
  case " $ALONE " in *" $n "*) echo $n >"$T/never" ;; esac
  mv "$T/armed" "$T/firing" 2>/dev/null || { say late; exit 0; }
  say failed $n $rc
  cat "$T/out"
  echo
  say end
  roll_back
  exit 0
done
say applied
