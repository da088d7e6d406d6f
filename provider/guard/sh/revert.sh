# The second exchange, something is wrong: take it back now, and do not wait for the watchers.
if mv "$T/armed" "$T/firing" 2>/dev/null; then roll_back; else say late; fi
