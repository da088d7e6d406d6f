# The way back, as a script of its own that needs nobody to go on: the inverses of the steps that were begun, last one first,
# each once; those that fail are tried again. doing names the step begun last, which may or may not have happened; never the
# one that did not; undone and left let another process take over in the middle. Exit code 0: the lines that the change
# touched are as they were, as far as it shows.
# u1, u2...: the inverses; after the last step comes the manifest, which is always taken back. observe, sift: of the lines
# that the change touches. STEPS: the number of steps. UNSEEN: those whose inverse observe does not show. LISTED: not empty
# where there was a manifest before.

# Whoever runs it: it is this process that must be alive, or be followed by another.
echo $$ >"$T/owner"
# Nothing is to be taken back: only what was opened for writing is closed.
[ "${1-}" != close ] || { close_disk; exit; }

# Foreign rules that were on their way back when the process that had them was killed.
for f in "$T"/rules.*; do give_rules "${f##*.}"; done

# What the change was to bring, for the next one to know its lines by.
keep_left() { [ ! -s "$T/manifest" ] || ln "$T/manifest" "$D/left.$RUN" 2>/dev/null || :; }

# Where there is no room for what it says, it is done all the same.
log=$T/undo.out
{ command : >>"$log"; } 2>/dev/null || log=/dev/null

# undo N: who took the place of this process has ended what it is in the middle of.
undo() {
  [ -d "$T" ] || exit 1
  "u$1" >>"$log" 2>&1
}

# Nothing was begun: whatever the router shows is none of this change.
[ -e "$T/doing" ] || exit 0
n=
{ read -r n <"$T/doing"; } 2>/dev/null
{ read -r n <"$T/undone"; } 2>/dev/null
# No room for a number: any of them may have been done.
[ -n "$n" ] || n=$STEPS
never= left=
{ read -r never <"$T/never"; } 2>/dev/null
{ read -r left <"$T/left"; } 2>/dev/null
while [ "$n" -ge 1 ]; do
  if [ "$n" != "$never" ] && ! undo "$n"; then
    left="$left $n"
    echo "$left" >"$T/left"
  fi
  n=$((n - 1))
  echo $n >"$T/undone"
done
for _ in 1 2 3; do
  [ -n "$left" ] || break
  sleep 1
  again=
  for n in $left; do undo "$n" || again="$again $n"; done
  left=$again
  echo "$left" >"$T/left"
done
if [ -n "$LISTED" ]; then restore_manifest; else drop_manifest; fi || { keep_left; exit 1; }
# What counts is what the router shows afterwards.
for n in $left; do case " $UNSEEN " in *" $n "*) keep_left; exit 1 ;; esac; done
sifted() {
  sift
  [ $? -gt 1 ] || echo mw-end
}
now=$(observe | sifted) old=$(sifted <"$T/before")
# Without its end a reading is none.
# shellcheck disable=SC2015 # either of them
[ -n "$now" ] && [ -n "$old" ] && [ "$now" = "$old" ] || { keep_left; exit 1; }
[ ! -e "$D/left.$RUN" ] || rm -f "$D/left.$RUN"
