/** What is on the disk whenever it is told to write: `npm run cuts` cuts the power in between, on real file systems. */
import { describe, expect, test } from "@jest/globals";
import { BOOT_DIR } from "../../provider/kinds/boot-files.ts";
import { PERSIST } from "../../provider/plan/guard/disk.ts";
import { cannot } from "./namespace.ts";
import { newSandbox, SHELLS } from "./sandbox.ts";

const real = cannot ? describe.skip : describe;

real.each(SHELLS)("with %s as the router's shell", (shell) => {
  const run = (before: Readonly<Record<string, string>>, source: string, command: string) => {
    using sandbox = newSandbox();
    for (const [name, text] of Object.entries(before)) sandbox.write(`etc/${name}`, text);
    sandbox.write("run/boot", source);
    // Standing in for sync: what the folder holds now. The boot file is put where the sandbox has its files.
    const output = sandbox.run(
      shell,
      `T=${sandbox.dir}/run
sync() { for f in /etc/iproute2/*; do [ -e "$f" ] && printf '%s=%s ' "\${f##*/}" "$(head -n 1 "$f")"; done; echo; }
${PERSIST.replaceAll(BOOT_DIR, "/etc/iproute2")}
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

  test("the boot file is whole on the disk before it gets its name, and the one before it keeps one", () => {
    expect(run({ boot: "older", "boot.prev": "oldest" }, "new\n", "persist")).toEqual([
      "boot=older boot.new=new boot.prev=oldest",
      "boot=new boot.prev=older",
    ]);
  });

  test("the older boot file goes first", () => {
    expect(run({ boot: "new", "boot.prev": "old" }, "", "forget")).toEqual(["boot=new", ""]);
  });
});
