/** What is written to the router's disk, and what starts from it. */
import type { Mutation } from "./mutation.ts";

export const FILES: readonly Mutation[] = [
  ["no checksum", "provider/guard/sh/persist.sh", 'echo "# cksum $(cksum <"$T/boot")"', "echo", ["lives"]],
  [
    "the boot file before is not kept",
    "provider/guard/sh/persist.sh",
    'ln "$BOOT_FILE" "$BOOT_FILE.prev";',
    ":;",
    ["F1 site>moved"],
  ],
  [
    "the boot file is written in place",
    "provider/guard/sh/persist.sh",
    '} >"$BOOT_FILE.new" && sync &&',
    '} >"$BOOT_FILE" && cp "$BOOT_FILE" "$BOOT_FILE.new" && sync &&',
    ["F3 the confirm killed before cat"],
  ],
  // A power cut.
  [
    "no sync before the rename",
    "provider/guard/sh/persist.sh",
    '} >"$BOOT_FILE.new" && sync &&',
    '} >"$BOOT_FILE.new" &&',
    [],
  ],
  [
    "the root stays writable",
    "provider/guard/sh/disk.sh",
    '[ -e "$T/ro" ] || return 0',
    "return 0",
    ["F8 read-only root from the start"],
  ],
  [
    "a full disk becomes read-only",
    "provider/guard/sh/disk.sh",
    'case $said in *ead-only*) ;; *) echo "$said"; return 1 ;; esac',
    ":",
    ["F8 with remountrw"],
  ],
  [
    "edits of others in rt_tables are overwritten",
    "provider/guard/sh/disk.sh",
    '|| { echo "$1 has been edited since it was read"; return 1; }',
    "|| :",
    ["F9 (none>site|site>none) a table's name by hand at (read-answered|begin-sending), the operator goes on"],
  ],
  [
    "edits of others in rt_tables go with the way back",
    "provider/guard/sh/disk.sh",
    'if cmp -s "$1" "$2"; then replace_text',
    "if true; then replace_text",
    ["F9 (none>site|site>none) a table's name by hand at (begin-a|probe-start).*dies"],
  ],
  [
    "the loader does not check the sum",
    "provider/kinds/boot-files.ts",
    '[ "$(tail -n 1 "$file")" = "# cksum $(sed \'$d\' "$file" | cksum)" ] && exec',
    "exec",
    ["F14 the boot file is damaged"],
  ],
  [
    "a device that comes up in a change gets what was before it",
    "provider/plan/boot.ts",
    "while changing; do sleep 1; done",
    "while false; do sleep 1; done",
    ["F9 ifup of a link"],
  ],
  // A power cut: what could not be written goes with the way back.
  [
    "a new file is written in place",
    "provider/guard/sh/disk.sh",
    'cat "$2" >"$1.mw"',
    'cat "$2" >"$1" && cat "$2" >"$1.mw"',
    [],
  ],
  // A power cut.
  [
    "the text before loses its name before the disk has the new one",
    "provider/guard/sh/disk.sh",
    'ln -f "$1" "$1.mw.old" 2>/dev/null || :; } && sync && mv "$1.mw" "$1" && sync ||',
    ':; } && sync && mv "$1.mw" "$1" ||',
    [],
  ],
  // A power cut.
  [
    "the newer boot file may go first",
    "provider/guard/sh/persist.sh",
    'rm -f "$BOOT_FILE.prev" "$BOOT_FILE.new" && sync && rm -f "$BOOT_FILE" ||',
    'rm -f "$BOOT_FILE" "$BOOT_FILE.prev" "$BOOT_FILE.new" ||',
    [],
  ],
  [
    "a file loses its mode",
    "provider/guard/sh/disk.sh",
    'cp -p "$1" "$1.mw"',
    ":",
    ["F1 none>site | rt_tables=of another mode and owner"],
  ],
  [
    "what is written is not compared",
    "provider/guard/sh/persist.sh",
    `[ "$(tail -n 1 "$BOOT_FILE.new")" = "# cksum $(sed '$d' "$BOOT_FILE.new" | cksum)" ]`,
    "true",
    ["F10 the checksum is not"],
  ],
  [
    "the loader has nothing to fall back to",
    "provider/kinds/boot-files.ts",
    `for file in \${BOOT_FILE} \${BOOT_FILE}.prev; do`,
    `for file in \${BOOT_FILE}; do`,
    ["F14 the boot file is damaged"],
  ],
  // Two faults: a way back that comes again, and a hand that has taken the folder away meanwhile.
  [
    "a way back that comes again makes its folder anew",
    "provider/guard/sh/disk.sh",
    'if [ ! -s "$2" ] && [ ! -e "$2.there" ] && [ ! -d "$dir" ]; then',
    "if false; then",
    [],
  ],
  [
    "a folder without its file stays",
    "provider/guard/sh/disk.sh",
    '|| read -r made <"',
    '|| : read -r made <"',
    ["F5 none>site undo killed after rm | rt_tables=without its folder"],
  ],
];
