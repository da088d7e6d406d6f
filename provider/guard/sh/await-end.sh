# After contact was lost: waits until the transaction has ended one way or the other, and tells which. Where nobody is left on
# the router to end it, this one does, as the third watcher.
[ ! -f "$T/watch.sh" ] || sh "$T/watch.sh" 3 </dev/null >/dev/null 2>&1
while [ -d "$T" ] && [ ! -e "$T/stuck" ]; do sleep 1; done
run= verdict=
read -r run verdict 2>/dev/null <"$D/reverted" || :
if [ -d "$T" ]; then say stuck
elif [ "$run" = "$RUN" ]; then
  rm -f "$D/reverted"
  rmdir "$D" 2>/dev/null || :
  say "$verdict"
else say confirmed; fi
