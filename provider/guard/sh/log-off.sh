# off.sh [FOLDER]: takes the rules of a log away. Another program may hold the lock of iptables: again, for some time.
L=${1:-${0%/*}}
for _ in 1 2 3 4 5 6 7 8 9 10; do
  restore <"$L/off" 2>/dev/null || remove_log_rules
  "$IPTABLES-save" -t "$LOG_TABLE" | grep -q 'mw-log\.' || exit 0
  sleep 1
done
exit 1
