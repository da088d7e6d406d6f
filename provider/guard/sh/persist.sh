# BOOT_DIR, BOOT_FILE: the boot file and its folder; with disk.sh.

# $T/boot with its checksum becomes the boot file; the one before it stays beside it, for the loader to fall back to.
persist() {
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

# Both go.
forget() {
  open_disk "$BOOT_DIR" || return 1
  rc=0
  # One after the other: a disk that has lost the newer one only would boot the older.
  rm -f "$BOOT_FILE.prev" "$BOOT_FILE.new" && sync && rm -f "$BOOT_FILE" || rc=1
  rmdir "$BOOT_DIR" 2>/dev/null || :
  close_disk || rc=1
  return $rc
}
