/** What is on the disk whenever it is told to write: `npm run cuts` cuts the power in between, on real file systems. */
import { expect, test } from "@jest/globals";
import { MADE_WITH_FOLDER } from "../../provider/dialects/iproute2/table-name.ts";
import * as bodies from "../../provider/guard/bodies.ts";
import { BOOT_DIR } from "../../provider/kinds/boot-files.ts";
import { inShells, newSandbox } from "./sandbox.ts";

const WRITING = [bodies.DISK, bodies.PERSIST].map(({ text }) => text.replaceAll(BOOT_DIR, "/etc/iproute2")).join("\n");

inShells("busybox", (shell) => {
  const run = (before: Readonly<Record<string, string>>, source: string, command: string) => {
    using sandbox = newSandbox();
    for (const [name, text] of Object.entries(before)) sandbox.write(`etc/${name}`, text);
    sandbox.write("run/boot", source);
    // Standing in for sync: what the folder holds now. The boot file is put where the sandbox has its files.
    const output = sandbox.run(
      shell,
      `T=${sandbox.dir}/run
sync() { for f in /etc/iproute2/*; do [ -e "$f" ] && printf '%s=%s ' "\${f##*/}" "$(head -n 1 "$f")"; done; echo; }
${WRITING}
${command}`,
    );
    return output
      .replace(/\n$/, "")
      .split("\n")
      .map((line) => line.trim());
  };

  test("a file that is replaced keeps its old text under another name until the disk has the new one", () => {
    expect(run({ rt_tables: "old" }, "new", "write_file /etc/iproute2/rt_tables $T/boot")).toEqual([
      "rt_tables=old rt_tables.mw=new rt_tables.mw.old=old",
      "rt_tables=new rt_tables.mw.old=old",
      "rt_tables=new",
    ]);
  });

  test("a file that is new, and one that goes, leave nothing beside them", () => {
    expect(run({}, "new", "write_file /etc/iproute2/rt_tables $T/boot").at(-1)).toBe("rt_tables=new");
    expect(
      run({ rt_tables: "old", "rt_tables.mw.old": "left" }, "", "write_file /etc/iproute2/rt_tables $T/boot"),
    ).toEqual([""]);
  });

  test("an empty source is no file, or an empty one where it says so", () => {
    const file = "/etc/iproute2/rt_tables";
    const size = `[ -e ${file} ] && wc -c <${file} || echo none`;
    const there = ": >$T/boot.there";
    expect(run({ rt_tables: "old" }, "", `write_file ${file} $T/boot; ${size}`).at(-1)).toBe("none");
    expect(run({ rt_tables: "old" }, "", `${there}; write_file ${file} $T/boot; ${size}`).at(-1)).toBe("0");
    for (const [text, left] of [
      ["ours\n", "0"],
      ["ours\nhuman\n", "6"],
      ["", "0"],
    ] as const) {
      const undo = `echo ours >$T/to; ${there}; unedit_file ${file} $T/to $T/boot; ${size}`;
      expect(run({ rt_tables: text }, "", undo).at(-1)).toBe(left);
      const merged = `printf 'ours\\nmore\\n' >$T/to; ${there}; unedit_file ${file} $T/to $T/boot; ${size}`;
      expect(run({ rt_tables: text }, "", merged).at(-1)).toBe(left);
    }
    const undo = `printf 'ours\\nmore\\n' >$T/to; unedit_file ${file} $T/to $T/boot; ${size}`;
    expect(run({ rt_tables: "ours\n" }, "", undo).at(-1)).toBe("none");
  });

  test("the boot file is whole on the disk before it gets its name, and the one before it keeps one", () => {
    expect(run({ boot: "older", "boot.prev": "oldest" }, "new\n", "persist")).toEqual([
      "boot=older boot.new=new boot.prev=oldest",
      "boot=new boot.prev=older",
    ]);
  });

  test("an edit by somebody else is refused on the way there, and stays on the way back", () => {
    const texts = "printf 'old\\n' >$T/from; printf 'old\\nours\\n' >$T/to";
    const file = "/etc/iproute2/rt_tables";
    const edit = `${texts}; edit_file ${file} $T/from $T/to || echo refused; tr '\\n' ' ' <${file}`;
    expect(run({ rt_tables: "old\nhuman\n" }, "", edit)).toEqual([
      ...[`${file} has been edited since it was read`, "refused", "old human"],
    ]);
    expect(run({ rt_tables: "old\n" }, "", edit).at(-1)).toBe("old ours");
    const back = `${texts}; unedit_file ${file} $T/to $T/from; tr '\\n' ' ' <${file}`;
    expect(run({ rt_tables: "old\nours\nhuman\n" }, "", back).at(-1)).toBe("old human");
    expect(run({ rt_tables: "old\nours\n" }, "", back).at(-1)).toBe("old");
  });

  // The sandbox's folder stands for the root.
  const DISK = `mount() { echo "mount $*"; case $* in *remount*) command mount "$1" "$2" /etc/iproute2 ;; esac; }
remountrw() { mount -o remount,rw /; }
remountro() { mount -o remount,ro /; }`;
  const write = `echo new >$T/new; write_file /etc/iproute2/rt_tables $T/new || echo failed
if touch /etc/iproute2/x 2>/dev/null; then echo writable; else echo "not writable"; fi; cat /etc/iproute2/rt_tables`;

  test("a read-only disk is writable for the moment of the write only", () => {
    const readOnly = `${DISK}
command mount -t tmpfs tmpfs /etc/iproute2; echo old >/etc/iproute2/rt_tables; command mount -o remount,ro /etc/iproute2`;
    const said = run({}, "", `${readOnly}\n${write}`).filter((line) => !line.includes("="));
    expect(said).toEqual(["mount -o remount,rw /", "mount -o remount,ro /", "not writable", "new"]);
  });

  test("a read-only file system that is none of the root's: the root is not remounted, and what was never written is no failed way back", () => {
    const other = `mount() { echo "mount $*"; }
command mount -t tmpfs -o ro tmpfs /etc/iproute2
echo new >$T/new; : >$T/none
write_file /etc/iproute2/rt_tables $T/new || echo failed
write_file /etc/iproute2/rt_tables $T/none && echo nothing to take back`;
    const said = run({}, "", other).join("\n");
    expect(said).not.toContain("remount");
    expect(said).toMatch(/Read-only file system(.|\n)*failed(.|\n)*nothing to take back/);
  });

  test("a full disk is told as such, and stays what it was", () => {
    const full = `${DISK}
command mount -t tmpfs -o nr_inodes=2 tmpfs /etc/iproute2; echo old >/etc/iproute2/rt_tables`;
    const said = run(
      {},
      "",
      `${full}\n${write}; rm /etc/iproute2/rt_tables; touch /etc/iproute2/rt_tables && echo writable`,
    );
    expect(said.join("\n")).toMatch(/No space left/);
    expect(said.join("\n")).not.toMatch(/remount/);
    expect(said.slice(-4)).toEqual(["failed", "not writable", "old", "writable"]);
  });

  test("a way back that comes a second time, or after a folder without its file, leaves no folder", () => {
    const file = "/etc/iproute2/made/rt_tables";
    const setup = `: >$T/none; printf '%s\\n7 seven\\n' '${MADE_WITH_FOLDER}' >$T/new; edit_file ${file} $T/none $T/new && ls /etc/iproute2`;
    const undo = `unedit_file ${file} $T/new $T/none || echo failed`;
    const left = "ls /etc/iproute2 | tail -n 1";
    expect(run({}, "", `${setup}; ${undo}; ${undo}; ${left}; echo done`).slice(-2)).toEqual(["", "done"]);
    expect(run({}, "", `${setup}; rm ${file}; ${undo}; ${left}; echo done`).slice(-2)).toEqual(["", "done"]);
    // Another program's folder stays.
    expect(run({}, "", `mkdir /etc/iproute2/made; : >$T/none; echo 7 seven >$T/new; ${undo}; ${left}`).at(-1)).toBe(
      "made",
    );
    // A hand has taken it away with the file, and nothing in the file says whose it was.
    expect(run({}, "", `: >$T/none; echo 7 seven >$T/new; ${undo}; ${left}; echo done`).slice(-2)).toEqual([
      "",
      "done",
    ]);
  });

  test("a boot file that the disk does not give back as it was written never gets its name", () => {
    const spoilt = `sync() { [ ! -e /etc/iproute2/boot.new ] || echo junk >>/etc/iproute2/boot.new; }`;
    const said = run(
      { boot: "old" },
      "new\n",
      `${spoilt}; persist || echo failed; cd /etc/iproute2; ls; head -n 1 boot`,
    );
    expect(said).toEqual(["failed", "boot", "old"]);
  });

  test("the older boot file goes first", () => {
    expect(run({ boot: "new", "boot.prev": "old" }, "", "forget")).toEqual(["boot=new", ""]);
  });
});
