# The rules of a log go one by one, where a part of them has been taken away.
# IPTABLES: command name of the router's variant. LOG_TABLE: where the rules are. LOG_JUMPS: a HOOK=CHAIN for each chain.
remove_log_rules() {
  for jump in $LOG_JUMPS; do
    while "$IPTABLES" -t "$LOG_TABLE" -D "${jump%%=*}" -j "${jump#*=}"; do :; done
    "$IPTABLES" -t "$LOG_TABLE" -F "${jump#*=}"
    "$IPTABLES" -t "$LOG_TABLE" -X "${jump#*=}"
  done
} 2>/dev/null
