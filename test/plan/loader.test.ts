/** The loader that never changes, on boot files that are whole, torn or gone. */
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "@jest/globals";
import { BOOT_DIR, bootFiles } from "../../provider/kinds/boot-files.ts";
import { cannot } from "./namespace.ts";
import { newSandbox, SHELLS } from "./sandbox.ts";

const real = cannot ? describe.skip : describe;
const LOADER = bootFiles([]).find(({ path }) => path === `${BOOT_DIR}/load`)!;

/** With its checksum as the last line. */
function whole(text: string): string {
  const { stdout } = spawnSync("cksum", { input: text, encoding: "utf8" });
  return `${text}# cksum ${stdout}`;
}

real.each(SHELLS)("with %s as the router's shell", (shell) => {
  const load = (files: Readonly<Record<string, string>>) => {
    using sandbox = newSandbox();
    for (const [name, text] of Object.entries(files)) sandbox.write(`etc/${name}`, text);
    const text = LOADER.text.replaceAll(BOOT_DIR, "/etc/iproute2");
    return sandbox.run(shell, `set -- eth1\n${text.replace("logger -t multiwan", "echo")}`).trim();
  };
  const now = whole('echo "the newest for $1"\n');
  const before = whole('echo "the one before for $1"\n');
  const torn = (text: string) => text.slice(0, -4);

  test("the newest boot file that is whole is run, and one that is not is told", () => {
    expect(load({ boot: now, "boot.prev": before })).toBe("the newest for eth1");
    expect(load({ "boot.prev": before })).toBe("the one before for eth1");
    expect(load({ boot: torn(now), "boot.prev": before })).toMatch(/boot is damaged.*\nthe one before for eth1$/);
    expect(load({ boot: now.replace("newest", "next"), "boot.prev": before })).toContain("the one before for eth1");
    expect(load({ boot: torn(now), "boot.prev": torn(before) })).not.toMatch(/for eth1/);
    expect(load({})).toBe("");
  });
});
