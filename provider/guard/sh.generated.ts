// Made of sh/*.sh by `npm run embed`: change those.

export const apply: string = `echo $$ >"$T/pid"
n=0
while [ $n -le "$STEPS" ]; do
n=$((n + 1))
[ -e "$T/armed" ] || { say late; exit 0; }
echo $n >"$T/doing" && "s$n" >"$T/out" 2>&1 && continue
rc=$?
case " $ALONE " in *" $n "*) echo $n >"$T/never" ;; esac
mv "$T/armed" "$T/firing" 2>/dev/null || { say late; exit 0; }
say failed $n $rc
cat "$T/out"
echo
say end
roll_back
exit 0
done
say applied`;

export const awaitEnd: string = `[ ! -f "$T/watch.sh" ] || sh "$T/watch.sh" 3 </dev/null >/dev/null 2>&1
while [ -d "$T" ] && [ ! -e "$T/stuck" ]; do sleep 1; done
run= verdict=
read -r run verdict 2>/dev/null <"$D/reverted" || :
if [ -d "$T" ]; then say stuck
elif [ "$run" = "$RUN" ]; then
rm -f "$D/reverted"
rmdir "$D" 2>/dev/null || :
say "$verdict"
else say confirmed; fi`;

export const base: string = `export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 077
trap '' HUP INT PIPE
T=$D/tx.$RUN
TMPDIR=$T
export TMPDIR
say() { echo "@@$RUN $*"; }
uptime_now() {
read -r U _ </proc/uptime
U=\${U%%.*}
}
born() { read -r stat 2>/dev/null <"/proc/$1/stat" && NUMBER=\${stat%% *} && set -- \${stat##*) } && BORN=\${20}; }
itself() { born self; echo "$NUMBER $BORN"; }
release() {
run=
read -r run _ 2>/dev/null <"$D/lock" || :
[ "$run" != "$RUN" ] || rm -f "$D/lock"
}
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
take_back() {
for _ in 1 2 3; do
sh "$T/undo.sh"
rc=$?
{ echo $$ >"$T/owner"; } 2>/dev/null
[ $rc -gt 1 ] || return $rc
done
return 1
}
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
keep_manifest() {
[ -s "$1" ] || return 1
rm -f "$D/manifest.new"
cmp -s "$1" "$D/manifest" || { ln "$1" "$D/manifest.new" && mv "$D/manifest.new" "$D/manifest"; }
}
restore_manifest() {
[ -e "$T/seen" ] || [ ! -d "$T" ] || return 0
keep_manifest "$T/seen" || { [ -s "$T/seen" ] && mv "$T/seen" "$D/manifest"; }
}
drop_manifest() { [ -d "$T" ] && rm -f "$D/manifest" "$D/manifest.new" "$D/default"; }`;

export const begin: string = `refuse_late() {
uptime_now
[ "$U" -le "$NOT_AFTER" ] || { say expired; exit 0; }
}
refuse_stale() {
if [ -e "$D/manifest" ]; then cmp -s "$D/manifest" "$T/seen"; else [ ! -s "$T/seen" ]; fi || { say stale; leave; exit 0; }
}
refused() {
say refused "$1" "$2"
cat "$T/out"
echo
say end
leave
exit 0
}
look_before() {
observe >"$T/before"
is_whole "$T/before" || { leave; exit 0; }
}
arm() {
uptime_now
{ echo 0 >"$T/owner" && echo "$RUN unpersisted" >"$T/unpersisted" && echo $((U + LIMIT)) >"$T/deadline" &&
echo "$RUN undone" >"$T/armed"; } || unusable
for w in 1 2; do as_unit $w || as_process $w; done
i=0
until [ -s "$T/alive.1" ] && [ -s "$T/alive.2" ]; do
i=$((i + 1))
[ $i -le 100 ] || { say unwatched; leave; exit 0; }
[ $i -ne 60 ] || for w in 1 2; do [ -s "$T/alive.$w" ] || as_process $w; done
sleep 0.05 2>/dev/null || sleep 1
done
}
as_process() { ( exec </dev/null >/dev/null 2>&1; exec sh "$T/watch.sh" "$1" ) & }
as_unit() {
[ -d /run/systemd/system ] && command -v systemd-run >/dev/null || return 1
for properties in "--collect -p Restart=on-failure -p RestartSec=1 -p OOMScoreAdjust=-1000 -p TasksMax=infinity" ""; do
systemd-run -q --no-block $properties --unit="multiwan-$RUN-$1" \\
/bin/sh -c '[ ! -e "$0" ] || exec sh "$0" "$@"' "$T/watch.sh" "$1" unit </dev/null >/dev/null 2>&1 && return 0
done
return 1
}`;

export const confirm: string = `uptime_now
deadline=
{ read -r deadline <"$T/deadline"; } 2>/dev/null
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
fi`;

export const disk: string = `open_disk() {
said=$({ mkdir -p "$1" && touch "$1/.mw" && rm -f "$1/.mw"; } 2>&1) && return 0
case $said in *ead-only*) ;; *) echo "$said"; return 1 ;; esac
command -v remountrw >/dev/null 2>&1 || root_is_closed || { echo "$said"; return 1; }
: >"$T/ro"
if command -v remountrw >/dev/null 2>&1; then remountrw; else mount -o remount,rw /; fi || { rm -f "$T/ro"; return 1; }
mkdir -p "$1" && return 0
close_disk
return 1
}
root_is_closed() {
root=
while read -r _ at _ options _; do [ "$at" != / ] || root=$options; done </proc/mounts
case ,$root, in *,ro,*) ;; *) return 1 ;; esac
}
close_disk() {
sync
[ -e "$T/ro" ] || return 0
for _ in 1 2 3 4 5; do
if command -v remountro >/dev/null 2>&1; then remountro; else mount -o remount,ro /; fi && rm -f "$T/ro" && return 0
sleep 1
done
return 1
}
edit_file() {
through "$1"
set -- "$through" "$2" "$3"
if [ -s "$2" ]; then cmp -s "$1" "$2"; else [ ! -s "$1" ]; fi || { echo "$1 has been edited since it was read"; return 1; }
replace_text "$1" "$3"
}
unedit_file() {
through "$1"
set -- "$through" "$2" "$3"
if [ -s "$3" ]; then ! cmp -s "$1" "$3"; else [ -s "$1" ]; fi || { replace_text "$1" "$3" "$2"; return; }
if cmp -s "$1" "$2"; then replace_text "$1" "$3" "$2"; return; fi
lines_without "$3" "$2" >"$T/plus"
lines_without "$2" "$3" >"$T/minus"
if [ -e "$3.there" ]; then : >"$T/merged.there"; else rm -f "$T/merged.there"; fi
{ lines_without "$T/plus" "$1"; lines_without "$1" "$T/minus"; } >"$T/merged" && replace_text "$1" "$T/merged"
}
through() {
through=$1 links=
while [ -L "$through" ] && [ "$links" != xxxx ]; do
links=x$links
target=$(ls -l "$through")
target=\${target##* -> }
case $target in /*) through=$target ;; *) through=\${through%/*}/$target ;; esac
done
}
replace_text() {
while read -r _ at _; do
[ "$at" = "$1" ] || continue
cat "$2" >"$1" && sync
return
done </proc/mounts
write_file "$1" "$2" "" "\${3-}"
}
lines_without() {
[ -s "$2" ] || return 0
if [ -s "$1" ]; then grep -vxF -f "$1" "$2"; else cat "$2"; fi
[ $? -le 1 ]
}
write_file() {
dir=\${1%/*} rc=0
[ -e "$2" ] || { echo "$2 is gone"; return 1; }
umask 022
if [ ! -s "$2" ] && [ ! -e "$2.there" ] && [ ! -d "$dir" ]; then umask 077; close_disk; return; fi
open_disk "$dir" || { umask 077; [ ! -s "$2" ] && [ ! -e "$2.there" ] && [ ! -e "$1" ] && [ ! -L "$1" ]; return; }
if [ -s "$2" ] || [ -e "$2.there" ]; then
{ [ ! -f "$1" ] || [ -L "$1" ] || cp -p "$1" "$1.mw"; } && cat "$2" >"$1.mw" && { [ -z "\${3-}" ] || chmod "$3" "$1.mw"; } &&
{ [ ! -e "$1" ] || ln -f "$1" "$1.mw.old" 2>/dev/null || :; } && sync && mv "$1.mw" "$1" && sync || rc=1
rm -f "$1.mw" "$1.mw.old"
else
made=
{ read -r made <"$1" || read -r made <"\${4:-/dev/null}"; } 2>/dev/null || :
rm -f "$1" "$1.mw" "$1.mw.old" || rc=1
case $dir:$made in "$BOOT_DIR":* | */networkd.conf.d:* | *:"$MADE_WITH_FOLDER") rmdir "$dir" 2>/dev/null || : ;; esac
fi
umask 077
close_disk || rc=1
return $rc
}
write_link() {
rc=0
umask 022
open_disk "\${1%/*}" && { rm -f "$1"; ln -s "$2" "$1"; } || rc=1
umask 077
close_disk || rc=1
return $rc
}`;

export const endLog: string = `end_log() {
[ -d "$D/log" ] || [ -d "$D/log.end" ] || return 0
if [ -d "$D/log.end" ] || ! mv "$D/log" "$D/log.end" 2>/dev/null; then
i=0
while [ -d "$D/log.end" ] && [ $i -lt 20 ]; do
i=$((i + 1))
sleep 1
done
[ -d "$D/log.end" ] || return 0
fi
sh "$D/log.end/off.sh"
rm -rf "$D/log.end"
}`;

export const lines: string = `gone() {
said=$("$@" 2>&1) && return 0
case $said in *"No such process"* | *"No such file"* | *"Cannot assign requested"* | *"not found"* | *"find device"* | *"FIB table does not"*) return 0 ;; esac
echo "$said"
return 1
}
there() {
said=$("$@" 2>&1) && return 0
case $said in *"File exists"* | *"already assigned"*) return 0 ;; esac
echo "$said"
return 1
}
route_is() {
wanted=$3
shown=$(ip -4 route show table "$1" "$2" 2>&1) || { case $shown in *"FIB table does not"*) return 1 ;; esac; echo "$shown"; return 2; }
while read -r line; do
type=- via=- dev=- proto=- scope=- src=- metric=-
set -- $line
case $1 in
"" | nexthop) continue ;;
unreachable | blackhole | prohibit | throw | local | broadcast | multicast | anycast | nat) type=$1; shift ;;
esac
while [ $# -gt 0 ]; do
case $1 in
via) via=$2 ;;
dev) dev=$2 ;;
proto) proto=$2 ;;
scope) scope=$2 ;;
src) src=$2 ;;
metric) metric=$2 ;;
*) shift; continue ;;
esac
shift
[ $# -eq 0 ] || shift
done
[ "$proto" != boot ] || proto=-
case $metric in -?*) metric=$((metric + 4294967296)) ;; esac
[ "$type $via $dev $proto $scope $src $metric" != "$wanted" ] || return 0
done <<END
$shown
END
return 1
}
gone_route() {
route_is "$1" "$2" "$3"
case $? in 0) shift 3; gone "$@" ;; 1) ;; *) return 1 ;; esac
}
swap_route() {
route_is "$1" "$2" "$3"
case $? in 0) shift 3; "$@" ;; 1) ;; *) return 1 ;; esac
}`;

export const lock: string = `unusable() {
say unusable "$T"
leave
exit 0
}
prepare() {
mkdir -p "$D" && [ -d "$D" ] && [ ! -L "$D" ] && [ -O "$D" ] && chmod 700 "$D" || { say unusable "$D"; exit 0; }
mkdir "$T" || { say unusable "$T"; exit 0; }
TMPDIR=$T
}
overdue() {
[ ! -e "$D/tx.$run/stuck" ] || return 0
deadline=
{ read -r deadline <"$D/tx.$run/deadline"; } 2>/dev/null
[ -n "$deadline" ] && [ "$U" -gt $((deadline + 3)) ] && [ ! -e "$D/tx.$run/confirmed" ] &&
! grep -q "/t[x].$run/" /proc/[0-9]*/cmdline 2>/dev/null
}
locked() {
say locked "$1"
[ $# -lt 2 ] || echo "$2"
say end
rm -rf "$T"
exit 0
}
take_lock() {
boot=
read -r boot 2>/dev/null </proc/sys/kernel/random/boot_id || :
uptime_now
printf '%s %s %s\\n%s\\n' "$RUN" $((U + LIMIT + 60)) "$boot" "$WHO" >"$T/lock" || { say unusable "$T"; rm -rf "$T"; exit 0; }
if ! ln "$T/lock" "$D/lock" 2>/dev/null; then
run= until=0 theirs= who=
{ read -r run until theirs; IFS= read -r who; } 2>/dev/null <"$D/lock" || :
case $run in *[!0-9a-f]*) run= ;; esac
if [ "$theirs" = "$boot" ] && [ "\${until:-0}" -gt "$U" ] && ! overdue; then locked $((until - U)) "$who"; fi
mv "$D/lock" "$T/stale" 2>/dev/null
read -r moved _ 2>/dev/null <"$T/stale" || moved=
case $moved in *[!0-9a-f]*) moved= ;; esac
if [ "$moved" != "$run" ]; then
ln "$T/stale" "$D/lock" 2>/dev/null
locked 0
fi
end_left
ln "$T/lock" "$D/lock" 2>/dev/null || locked 0
fi
for old in "$D"/tx.*; do [ "$old" = "$T" ] || rm -rf "$old"; done
}
end_left() {
rm -f "$D/tx.$run/watch.sh"
for living in $(grep -l "/t[x].\${run:-none}/" /proc/[0-9]*/cmdline 2>/dev/null); do
living=\${living#/proc/}
kill -9 "\${living%/cmdline}" 2>/dev/null
done
stop_clocks "$D/tx.$run"
if [ -e "$D/tx.$run/confirmed" ]; then
owner= since=
read -r owner since 2>/dev/null <"$D/tx.$run/owner" || :
if [ -n "$since" ] && born "$owner" && [ "$BORN" = "$since" ]; then kill -9 "$owner"; fi
[ ! -e "$D/tx.$run/ro" ] || sh "$D/tx.$run/undo.sh" close
elif [ -f "$D/tx.$run/undo.sh" ]; then sh "$D/tx.$run/undo.sh"; fi
}`;

export const logEnd: string = `if [ -d "$D/log" ]; then
say off
cat "$D/log/what"
say end
end_log
elif [ -d "$D/log.end" ]; then
say off
say end
end_log
elif "$IPTABLES-save" 2>/dev/null | grep -q '^:mw-log\\.'; then
say off
say end
remove_log_rules
else
say none
fi
rmdir "$D" 2>/dev/null || :`;

export const logOff: string = `L=\${1:-\${0%/*}}
for _ in 1 2 3 4 5 6 7 8 9 10; do
restore <"$L/off" 2>/dev/null || remove_log_rules
"$IPTABLES-save" -t "$LOG_TABLE" | grep -q 'mw-log\\.' || exit 0
sleep 1
done
exit 1`;

export const logOn: string = `refuse_busy() {
[ -d "$D/log" ] || return 0
until=0
read -r until 2>/dev/null <"$D/log/until" || :
uptime_now
if [ "\${until:-0}" -gt "$U" ]; then
say busy $((until - U))
cat "$D/log/what"
say end
leave
exit 0
fi
end_log
}
log_refused() {
say refused 1 "$1"
cat "$T/out"
echo
say end
}
start_log() {
echo "$RUN" >"$T/log/run"
! "$IPTABLES-save" -t "$LOG_TABLE" 2>/dev/null | grep -q 'mw-log\\.' || sh "$T/log/off.sh" "$T/log"
restore --test <"$T/on" >"$T/out" 2>&1 || { log_refused $?; leave; exit 0; }
uptime_now
echo $((U + LOG_SECONDS)) >"$T/log/until"
mv "$T/log" "$D/log" || { say unusable "$D"; leave; exit 0; }
( exec </dev/null >/dev/null 2>&1; cd /; exec sh "$D/log/watch.sh" ) &
i=0
until [ -s "$D/log/alive" ]; do
i=$((i + 1))
[ $i -le 100 ] || { say unwatched; end_log; leave; exit 0; }
sleep 0.05 2>/dev/null || sleep 1
done
if restore <"$T/on" >"$T/out" 2>&1; then say on "$LOG_SECONDS"; else log_refused $?; end_log; fi
leave
}`;

export const logRules: string = `remove_log_rules() {
for jump in $LOG_JUMPS; do
while "$IPTABLES" -t "$LOG_TABLE" -D "\${jump%%=*}" -j "\${jump#*=}"; do :; done
"$IPTABLES" -t "$LOG_TABLE" -F "\${jump#*=}"
"$IPTABLES" -t "$LOG_TABLE" -X "\${jump#*=}"
done
} 2>/dev/null`;

export const logWatch: string = `echo $$ >"$D/log/alive"
read -r until <"$D/log/until"
run=
while read -r run 2>/dev/null <"$D/log/run" && [ "$run" = "$RUN" ]; do
uptime_now
if [ "$U" -ge "$until" ]; then
end_log
rmdir "$D" 2>/dev/null
break
fi
sleep 1
done`;

export const pause: string = `clock() {
CLOCK=$T/clock.$1
export CLOCK TICK
mkfifo "$T/tick.$1" 2>/dev/null || return 0
{ read -r -t 1 tick; } </dev/null >/dev/null 2>&1
if [ $? -lt 2 ]; then
command exec 0<>"$T/tick.$1" && TICK=timed
elif command -v tail >/dev/null && : >"$CLOCK" && command exec 4<>"$T/tick.$1" && command exec 0<"$T/tick.$1"; then
tail -f <"$CLOCK" >&4 4>&- 2>/dev/null &
born $! && echo "$! $BORN" >"$T/ticker.$1"
command exec 4>&-
TICK="tail"
fi
}
pause() {
if [ "\${TICK-}" = timed ]; then
read -r -t 1 tick
return 0
elif [ "\${TICK-}" = tail ] && { echo >>"$CLOCK"; } 2>/dev/null && read -r tick; then
return 0
fi
command eval 'sleep 1' 2>/dev/null && return 0
i=0
while [ $i -lt 20000 ]; do i=$((i + 1)); done
}`;

export const persist: string = `persist() {
umask 022
open_disk "$BOOT_DIR" || return 1
rc=0
{ cat "$T/boot" && echo "# cksum $(cksum <"$T/boot")"; } >"$BOOT_FILE.new" && sync &&
[ "$(tail -n 1 "$BOOT_FILE.new")" = "# cksum $(sed '$d' "$BOOT_FILE.new" | cksum)" ] &&
{ [ ! -e "$BOOT_FILE" ] || { rm -f "$BOOT_FILE.prev"; ln "$BOOT_FILE" "$BOOT_FILE.prev"; }; } &&
mv "$BOOT_FILE.new" "$BOOT_FILE" || rc=1
rm -f "$BOOT_FILE.new"
close_disk || rc=1
return $rc
}
forget() {
open_disk "$BOOT_DIR" || return 1
rc=0
rm -f "$BOOT_FILE.prev" "$BOOT_FILE.new" && sync && rm -f "$BOOT_FILE" || rc=1
rmdir "$BOOT_DIR" 2>/dev/null || :
close_disk || rc=1
return $rc
}`;

export const revert: string = `if mv "$T/armed" "$T/firing" 2>/dev/null; then roll_back; else say late; fi`;

export const rules: string = `nl='
'
rules_at() {
RULES=
shown=$(ip rule show) || return 1
shown=$nl$shown$nl
case $shown in *"$nl$1:"*) shown=$1:\${shown#*"$nl$1:"} ;; esac
while :; do
case $shown in
"$1:"*) line=\${shown%%"$nl"*} shown=\${shown#*"$nl"} RULES=$RULES\${line#*:}$nl ;;
*) return 0 ;;
esac
done
}
read_rule() {
from=- to=- mark=- iif=- suppress=- other=
while [ $# -gt 0 ]; do
case $1 in
from) from=$2 ;;
to) to=$2 ;;
fwmark) mark=\${2#0x} ;;
iif) iif=$2 ;;
suppress_prefixlength) suppress=$2 ;;
lookup | table) ;;
'[detached]') shift; continue ;;
*) other=1 ;;
esac
shift
[ $# -eq 0 ] || shift
done
}
is_meant() {
set -- $1 "$from" "$to" "$mark" "$iif" "$suppress"
{ [ "$1" = all ] || [ "$1" = "$6" ]; } && { [ "$2" = - ] || [ "$2" = "$7" ]; } && { [ "$3" = - ] || [ "$3" = "$8" ]; } &&
{ [ "$4" = - ] || [ "$4" = "$9" ]; } && { [ "$5" = - ] || [ "$5" = "$suppress" ]; }
}
add_rule() {
how=$1 pref=$2 words=
shift 2
while [ $# -gt 0 ]; do
case $1 in
not | unreachable | blackhole | prohibit | nop) words="$words $1" ;;
'[detached]' | '[unresolved]') ;;
from | to | fwmark | iif | oif | lookup | tos | ipproto | sport | dport | uidrange | tun_id | realms | proto | goto | suppress_*)
case $2 in '' | unspec | *'['* | *'?'*) return 1 ;; esac
words="$words $1 $2"
shift
;;
*) return 1 ;;
esac
shift
done
[ "$how" = try ] || ip rule add $words pref "$pref"
}
give_rules() {
[ -s "$T/rules.$1" ] || return 0
while ip rule del pref "$1"; do :; done 2>/dev/null
failed=
while read -r line; do add_rule add "$1" $line || failed=1; done <"$T/rules.$1"
[ -z "$failed" ] && rm -f "$T/rules.$1"
}
gone_rule() {
at=$1 rule=$2
shift 2
rules_at "$at" || return 1
others= before= found=
while read -r line; do
[ -n "$line" ] || continue
read_rule $line
if [ -z "$found$other" ] && [ "$from $to $mark $iif $suppress" = "$rule" ]; then
found=1
else
[ -n "$found" ] || ! is_meant "$rule" || before=1
others=$others$line$nl
fi
done <<END
$RULES
END
[ -n "$found" ] || return 0
[ -n "$before" ] || { gone "$@"; return; }
while read -r line; do
[ -z "$line" ] || add_rule try "$at" $line || { echo "$at: $line: stands before it, and cannot be put back"; return 1; }
done <<END
$others
END
printf %s "$others" >"$T/rules.$at" && give_rules "$at"
}`;

export const undo: string = `echo $$ >"$T/owner"
[ "\${1-}" != close ] || { close_disk; exit; }
for f in "$T"/rules.*; do give_rules "\${f##*.}"; done
keep_left() { [ ! -s "$T/manifest" ] || ln "$T/manifest" "$D/left.$RUN" 2>/dev/null || :; }
log=$T/undo.out
{ command : >>"$log"; } 2>/dev/null || log=/dev/null
undo() {
[ -d "$T" ] || exit 1
"u$1" >>"$log" 2>&1
}
[ -e "$T/doing" ] || exit 0
n=
{ read -r n <"$T/doing"; } 2>/dev/null
{ read -r n <"$T/undone"; } 2>/dev/null
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
for n in $left; do case " $UNSEEN " in *" $n "*) keep_left; exit 1 ;; esac; done
sifted() {
sift
[ $? -gt 1 ] || echo mw-end
}
now=$(observe | sifted) old=$(sifted <"$T/before")
[ -n "$now" ] && [ -n "$old" ] && [ "$now" = "$old" ] || { keep_left; exit 1; }
[ ! -e "$D/left.$RUN" ] || rm -f "$D/left.$RUN"`;

export const watch: string = `W=$1 missed=0 deadline= grace=0 U=0
[ "$W" -lt 3 ] || grace=2
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
is_of_run() { [ -n "$1" ] && [ -d "/proc/$1" ] && grep -q "/tx.$RUN/" "/proc/$1/cmdline" 2>/dev/null; }
fire() {
echo $$ >"$T/owner"
pid=
{ read -r pid <"$T/pid"; } 2>/dev/null
if is_of_run "$pid"; then end_process "$pid"; pause; fi
naps=1
until take_back; do
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
ln -f "$T/firing" "$D/reverted"
if command -v logger >/dev/null 2>&1; then logger -t multiwan "run $RUN was not confirmed: rolled back"; fi
leave
}
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
missed=$((missed + 1))
[ "$missed" -lt $((2 * W)) ] || go_on
fi
fi
}
if [ "$W" -lt 3 ]; then
other=
{ read -r other <"$T/alive.$W"; } 2>/dev/null
[ "$other" = $$ ] || ! is_of_run "$other" || exit 0
trap 'exec sh "$T/watch.sh" "$W" "'"\${2-}"'"' EXIT
exec >/dev/null 2>&1
if [ "$other" != $$ ]; then
cd /
{ echo -1000 >/proc/self/oom_score_adj || echo -17 >/proc/self/oom_adj; } 2>/dev/null
if [ "\${2-}" != unit ]; then
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
[ -d "$T" ] || trap - EXIT`;
