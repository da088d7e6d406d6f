# Writing to the router's disk. A read-only root is writable for the moment of the write, and read-only again; new text is on
# the disk before its name is; owner and mode stay.
# BOOT_DIR: the folder of the boot file. MADE_WITH_FOLDER: first line of a file whose folder was made for it.
#
# write_file PATH SOURCE [MODE] [WAS]: an empty source removes the file, unless there is a SOURCE.there; one that is not
# there is an error. WAS is the text that a removed file had, or was to have. write_link PATH TARGET.

# That the disk was read-only is remembered outside of this process: who takes over closes it.
open_disk() {
  said=$({ mkdir -p "$1" && touch "$1/.mw" && rm -f "$1/.mw"; } 2>&1) && return 0
  case $said in *ead-only*) ;; *) echo "$said"; return 1 ;; esac
  # Another file system than the root may be the read-only one: closing would then make a root read-only that never was.
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

# edit_file PATH FROM TO: from one text to another, unless it has been edited since it was read.
edit_file() {
  through "$1"
  set -- "$through" "$2" "$3"
  if [ -s "$2" ]; then cmp -s "$1" "$2"; else [ ! -s "$1" ]; fi || { echo "$1 has been edited since it was read"; return 1; }
  replace_text "$1" "$3"
}

# unedit_file PATH FROM TO: the way back. What others have added meanwhile stays.
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

# through PATH: where it leads, if it is a link.
through() {
  through=$1 links=
  while [ -L "$through" ] && [ "$links" != xxxx ]; do
    links=x$links
    target=$(ls -l "$through")
    target=${target##* -> }
    case $target in /*) through=$target ;; *) through=${through%/*}/$target ;; esac
  done
}

# replace_text PATH SOURCE [WAS]: what is a mount of its own cannot be replaced by another file.
replace_text() {
  while read -r _ at _; do
    [ "$at" = "$1" ] || continue
    cat "$2" >"$1" && sync
    return
  done </proc/mounts
  write_file "$1" "$2" "" "${3-}"
}

# lines_without THESE FILE: busybox takes an empty list of patterns for one that fits every line.
lines_without() {
  [ -s "$2" ] || return 0
  if [ -s "$1" ]; then grep -vxF -f "$1" "$2"; else cat "$2"; fi
  [ $? -le 1 ]
}

# The text before keeps a name until the disk has the new one: without a journal, the end of its inode may be on the disk
# before the folder is, and a power cut between the two leaves no file at all.
write_file() {
  dir=${1%/*} rc=0
  # The folder has been tidied up under this process: what it knows is no longer true.
  [ -e "$2" ] || { echo "$2 is gone"; return 1; }
  umask 022
  # Nothing to take away, and no folder to make for it: a way back may come a second time.
  if [ ! -s "$2" ] && [ ! -e "$2.there" ] && [ ! -d "$dir" ]; then umask 077; close_disk; return; fi
  # A way back on a disk that took nothing has nothing to take away: it must not be tried for ever.
  open_disk "$dir" || { umask 077; [ ! -s "$2" ] && [ ! -e "$2.there" ] && [ ! -e "$1" ] && [ ! -L "$1" ]; return; }
  if [ -s "$2" ] || [ -e "$2.there" ]; then
    { [ ! -f "$1" ] || [ -L "$1" ] || cp -p "$1" "$1.mw"; } && cat "$2" >"$1.mw" && { [ -z "${3-}" ] || chmod "$3" "$1.mw"; } &&
      { [ ! -e "$1" ] || ln -f "$1" "$1.mw.old" 2>/dev/null || :; } && sync && mv "$1.mw" "$1" && sync || rc=1
    rm -f "$1.mw" "$1.mw.old"
  else
    made=
    # The folder may have been made, and the file not.
    { read -r made <"$1" || read -r made <"${4:-/dev/null}"; } 2>/dev/null || :
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
  open_disk "${1%/*}" && { rm -f "$1"; ln -s "$2" "$1"; } || rc=1
  umask 077
  close_disk || rc=1
  return $rc
}
