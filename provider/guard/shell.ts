/** What the guard's scripts share. POSIX sh: dash, busybox ash; no tool that a small router lacks. */
import { quote } from "../dialects/quote.ts";
import { STOP_CLOCKS } from "./pause.ts";

/** One guarded transaction on one router. */
export interface Run {
  /** Names the transaction, and begins every line that its scripts say to us, so that no tool's output passes for one. */
  readonly nonce: string;
  /** A volatile folder of root's own, such as /run/multiwan. */
  readonly stateDir: string;
}

/** D is the provider's folder, T this transaction's; both exist only while there is something in them. */
export function head({ nonce, stateDir }: Run): string {
  return `export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 077
# Once started a script runs to its end: the operator's line may break at any moment.
trap '' HUP INT PIPE
D=${quote(stateDir)} T=${quote(stateDir)}/tx.${nonce} RUN=${nonce}
# mksh and bash keep a here-document in a file: here, since the usual folder may be full or read-only.
TMPDIR=$T; export TMPDIR
say() { echo "@@${nonce} $*"; }
# Seconds since boot, in U: no clock that anybody can set, and no process for it.
uptime_now() { read -r U _ </proc/uptime; U=\${U%%.*}; }
# When a process began, in BORN: a number that comes again is another process (proc(5): field 22, the 20th behind the name).
born() { read -r stat 2>/dev/null <"/proc/$1/stat" && set -- \${stat##*) } && BORN=\${20}; }
# The lock is a file that appears with its content (link(2)): run, time it ends, boot; then who holds it.
release() {
  run=; read -r run _ 2>/dev/null <"$D/lock" || :
  [ "$run" != "$RUN" ] || rm -f "$D/lock"
}
${STOP_CLOCKS}
leave() { release; stop_clocks "$T"; rm -rf "$T"; rmdir "$D" 2>/dev/null || :; }
# The way back may be killed like anything else, and begins again where it was.
take_back() {
  for again in 1 2 3; do
    sh "$T/undo.sh"; rc=$?
    # Its number means nobody any more, and there is still something to do: we are here.
    { echo $$ >"$T/owner"; } 2>/dev/null
    [ $rc -gt 1 ] || return $rc
  done
  return 1
}
# The operator's own: what he does not bring to its end he leaves to the watchers, which do not give up.
roll_back() {
  echo $$ >"$T/owner"
  if take_back; then say undone; leave; else say stuck; rm -f "$T/owner"; fi
}
# keep_manifest FILE: a link needs no room for content, where /run is full. It never removes: a file that somebody who has ended the
# change meanwhile took away is not an empty one.
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
drop_manifest() { [ -d "$T" ] && rm -f "$D/manifest" "$D/manifest.new" "$D/default"; }`;
}

/** Writes a text as the file `$T/<name>`, byte for byte, whatever is in it. */
export function file(name: string, text: string, nonce: string): string {
  // The nonce is a secret of this run, but a text that holds the end all the same must not end there.
  let end = `E${nonce}`;
  while (text.includes(end)) end += "E";
  const whole = text === "" || text.endsWith("\n");
  // A here-document always ends in a newline: a text that does not is written by printf's own hand.
  const write = whole
    ? `cat >"$T/${name}"`
    : `{ IFS= read -r l; while IFS= read -r m; do printf '%s\\n' "$l"; l=$m; done; printf %s "$l"; } >"$T/${name}"`;
  return `${write} <<'${end}' || { say unusable "$T"; leave; exit 0; }\n${text}${whole ? "" : "\n"}${end}`;
}
