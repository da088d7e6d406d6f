# LOG rules that end by themselves, whoever has put them there and wherever the operator is now: a watcher on the router takes them
# away at a moment of its own clock, and so does the next change of the router. With base.sh, lock.sh and end-log.sh.
# IPTABLES: command name of the router's variant. LOG_TABLE: where the rules are. LOG_SECONDS: how long they live.
# restore: a function that is iptables-restore with the router's options.

refuse_busy() {
  [ -d "$D/log" ] || return 0
  until=0
  read -r until 2>/dev/null <"$D/log/until" || :
  uptime_now
  if [ "${until:-0}" -gt "$U" ]; then
    say busy $((until - U))
    cat "$D/log/what"
    say end
    leave
    exit 0
  fi
  end_log
}

# log_refused CODE
log_refused() {
  say refused 1 "$1"
  cat "$T/out"
  echo
  say end
}

start_log() {
  echo "$RUN" >"$T/log/run"
  # What another /run has forgotten.
  ! "$IPTABLES-save" -t "$LOG_TABLE" 2>/dev/null | grep -q 'mw-log\.' || sh "$T/log/off.sh" "$T/log"
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
}
