# The operator ends a log before its time. Says off, with who and what if there was a log, else none.
if [ -d "$D/log" ]; then
  say off
  cat "$D/log/what"
  say end
  end_log
elif [ -d "$D/log.end" ]; then
  say off
  say end
  end_log
elif "$IPTABLES-save" 2>/dev/null | grep -q '^:mw-log\.'; then
  say off
  say end
  remove_log_rules
else
  say none
fi
rmdir "$D" 2>/dev/null || :
