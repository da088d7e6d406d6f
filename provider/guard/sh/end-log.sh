# An earlier log ends now. Who renames its folder does it and the others wait, so that no two of them, nor a change behind it,
# write the table at once.
end_log() {
  [ -d "$D/log" ] || [ -d "$D/log.end" ] || return 0
  if [ -d "$D/log.end" ] || ! mv "$D/log" "$D/log.end" 2>/dev/null; then
    i=0
    # Killed on the way: then it is done here.
    while [ -d "$D/log.end" ] && [ $i -lt 20 ]; do
      i=$((i + 1))
      sleep 1
    done
    [ -d "$D/log.end" ] || return 0
  fi
  sh "$D/log.end/off.sh"
  rm -rf "$D/log.end"
}
