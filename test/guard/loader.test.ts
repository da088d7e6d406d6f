/** The loader that never changes, on boot files that are whole, torn or gone. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { BOOT_DIR, bootFiles } from "../../provider/kinds/boot-files.ts";
import { bootText } from "../../provider/plan/boot.ts";
import { routerOf } from "../kinds/routers.ts";
import { inShells, newSandbox } from "./sandbox.ts";

const LOADER = bootFiles([]).find(({ path }) => path === `${BOOT_DIR}/load`)!;

/** With its checksum as the last line. */
function whole(text: string): string {
  const { stdout } = spawnSync("cksum", { input: text, encoding: "utf8" });
  return `${text}# cksum ${stdout}`;
}

inShells("busybox", (shell) => {
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

  test("a device that comes up in the middle of a change waits for its end, and then gets what is true", () => {
    using sandbox = newSandbox();
    const { dir, stateDir } = sandbox;
    mkdirSync(stateDir);
    const capabilities = { ...routerOf().capabilities, stateDir };
    const text = bootText(new Map([["p/s/BootConfig/boot", { lines: bootFiles([]), found: [] }]]), { capabilities })!;
    sandbox.write("boot", text.replaceAll(`${BOOT_DIR}/load`, `${dir}/load`));
    sandbox.write("load", '#!/bin/sh\necho "load $1"\n');
    chmodSync(`${dir}/load`, 0o755);
    const said = sandbox.run(
      shell,
      `read -r up rest </proc/uptime; echo "run $((\${up%%.*} + 600)) boot" >${stateDir}/lock
sh ${dir}/boot eth1 >${dir}/said &
sleep 2; echo "meanwhile: $(cat ${dir}/said)"; rm ${stateDir}/lock; wait; echo "afterwards: $(cat ${dir}/said)"`,
    );
    expect(said).toBe("meanwhile: \nafterwards: load eth1\n");
  });
});
