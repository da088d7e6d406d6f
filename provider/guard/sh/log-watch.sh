# Ends a log at its time, unless another has taken its place.
echo $$ >"$D/log/alive"
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
done
