/** The shell of the guard: the module is what the files say, without what a router need not see, and each shell understands it. */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { standalone } from "../../provider/dialects/script.ts";
import { awaitScript, confirmScript, leftScript, revertScript } from "../../provider/guard/end.ts";
import { settleScript } from "../../provider/guard/lock.ts";
import { logOffScript, logOnScript } from "../../provider/guard/log.ts";
import { protocol } from "../../provider/model/rule-parts.ts";
import { asSent, embedded, MODULE, shellFiles } from "../../scripts/embed-shell.ts";
import { network, nonce, planOf, scriptOf, steps } from "./guarded.ts";
import { SHELLS } from "./sandbox.ts";

test("sh.generated.ts is made of sh/*.sh: after a change of them, npm run embed", () => {
  expect(readFileSync(MODULE, "utf8")).toBe(embedded());
});

/** As bash prints it: without comments and layout, with every text as it is. */
function meaning(text: string): string {
  const script = `f() {\n${text}\n}\ndeclare -f f`;
  const { stdout, stderr } = spawnSync("bash", ["-s"], { input: script, encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout;
}

test("what is sent means what is written", () => {
  for (const path of shellFiles().values()) {
    const source = readFileSync(path, "utf8");
    expect(asSent(source).length).toBeLessThan(source.length);
    expect(meaning(asSent(source))).toBe(meaning(source));
  }
  // A text that begins with a blank or a # would be lost: it shows.
  expect(meaning(asSent("x='\n  a'"))).not.toBe(meaning("x='\n  a'"));
  expect(meaning(asSent("cat <<X\n# a\nX"))).not.toBe(meaning("cat <<X\n# a\nX"));
});

const run = { nonce, stateDir: "/run/multiwan" };
const logging = {
  ...{ ...run, seconds: 60, who: "anna@laptop", iptables: "iptables", restore: "iptables-restore -w 10 --noflush" },
  ...{ matches: [[protocol("tcp")]], prefix: "mw", what: "tcp" },
};
const scripts = {
  begin: scriptOf(run, { ...planOf(steps), boot: "text\n" }, { seen: "owner a\n" }),
  "begin without files": scriptOf(run, planOf(network)),
  confirm: standalone(confirmScript(run, "text\n", true)),
  revert: standalone(revertScript(run)),
  await: standalone(awaitScript(run)),
  left: standalone(leftScript(run, "owner a\n")),
  settle: standalone(settleScript(run, { seconds: 60, who: "anna@laptop" })),
  "log on": standalone(logOnScript(logging)),
  "log off": standalone(logOffScript(logging)),
};

test.each(SHELLS)("%s understands every file and every script", (shell) => {
  const [program = "", ...args] = shell === "busybox" ? ["busybox", "sh"] : [shell];
  const sent = [...shellFiles().values()].map((path) => [path, asSent(readFileSync(path, "utf8"))] as const);
  for (const [name, input] of [...sent, ...Object.entries(scripts)]) {
    const { status, stderr } = spawnSync(program, [...args, "-n"], { input, encoding: "utf8" });
    expect([name, status, stderr]).toEqual([name, 0, ""]);
  }
  expect(spawnSync(program, [...args, "-n"], { input: `${scripts.begin}\nfi`, encoding: "utf8" }).status).not.toBe(0);
});
