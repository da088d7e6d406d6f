/** The provider's own files on a router: who can read them, who could have put something in their place. */
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { standalone } from "../../provider/dialects/script.ts";
import { beginScript } from "../../provider/guard/begin.ts";
import { confirmScript, revertScript } from "../../provider/guard/end.ts";
import { parseOutcome } from "../../provider/guard/outcome.ts";
import { bootFiles } from "../../provider/kinds/boot-files.ts";
import { parseSnapshot, SnapshotProblems, snapshotScript } from "../../provider/observe/snapshot.ts";
import { planOf } from "../../provider/plan/plan.ts";
import { inNamespace, noNamespaces } from "../dialects/netns.ts";
import { newSandbox, SHELLS } from "../guard/sandbox.ts";
import { routerOf } from "../kinds/routers.ts";
import { cannot } from "../plan/namespace.ts";

const nonce = "0123456789abcdef";
const plan = planOf(
  routerOf(),
  new Map(),
  [{ owner: "p/s/SourceRule/a", desired: [{ kind: "rule", priority: 5000, from: "10.0.0.1", table: 7 }] }],
  new Map(),
);
const scripts = (stateDir: string) => {
  const run = { nonce, stateDir };
  const begin = beginScript({
    ...run,
    plan,
    seen: undefined,
    iptables: "iptables-legacy",
    seconds: 60,
    who: "a@b",
    notAfter: 1e9,
  });
  return [standalone(begin), confirmScript(run, undefined)] as const;
};

test("no script of a transaction names a folder that everybody can write to", () => {
  const whole = { ...plan, boot: "text\n" };
  const begin = beginScript({
    nonce,
    stateDir: "/run/multiwan",
    plan: whole,
    seen: "x",
    iptables: "iptables",
    seconds: 60,
    who: "a@b",
    notAfter: 1e9,
  });
  const all = [
    standalone(begin),
    standalone(confirmScript({ nonce, stateDir: "/run/multiwan" }, "text\n")),
    ...bootFiles(["ifupdown", "systemd", "sysvinit"]).map((file) => file.text),
  ];
  expect(all.filter((text) => /\/tmp|\/dev\/shm|mktemp/.test(text))).toEqual([]);
});

(cannot === undefined ? describe : describe.skip)("while a change is under way", () => {
  test.each(SHELLS)("everything is root's alone: %s", (shell) => {
    using sandbox = newSandbox();
    const [begin, confirm] = scripts(sandbox.stateDir);
    const list = `umask 022; find ${sandbox.stateDir} -printf '%m %u %y\\n' | sort -u; find ${sandbox.stateDir} -perm /077`;
    const output = sandbox.run(shell, `umask 000\n${begin}`, list, confirm);
    expect(parseOutcome(output, nonce)).toEqual({ kind: "applied" });
    expect(output.split("\n").filter((line) => /^\d{3} /.test(line))).toEqual([
      "600 root f",
      "600 root p",
      "700 root d",
    ]);
    expect(output).not.toMatch(/^\//m);
  });

  test.each([
    ["is somebody else's", (dir: string) => `mkdir ${dir}; chown 65534 ${dir}`],
    ["is a link to a folder of root's", (dir: string) => `mkdir ${dir}.x; ln -s ${dir}.x ${dir}`],
    ["is a dead link", (dir: string) => `ln -s ${dir}.nowhere ${dir}`],
    ["is a file", (dir: string) => `touch ${dir}`],
  ])("and nothing is begun where the folder %s, made after the router was read", (_what, make) => {
    using sandbox = newSandbox();
    const [begin] = scripts(sandbox.stateDir);
    const output = sandbox.run(
      "dash",
      `${make(sandbox.stateDir)}\nchmod 1777 ${join(sandbox.dir, "run")}`,
      begin,
      `ip rule show; ls -A ${sandbox.stateDir}*/ 2>/dev/null || :`,
    );
    expect(parseOutcome(output, nonce)).toEqual({ kind: "unusable", what: sandbox.stateDir });
    expect(output).not.toMatch(/5000:|tx\.|apply/);
  });

  test("only the run that began it can confirm it or take it back", () => {
    using sandbox = newSandbox();
    const [begin, confirm] = scripts(sandbox.stateDir);
    const other = { nonce: "fedcba9876543210", stateDir: sandbox.stateDir };
    const state = `ls ${sandbox.stateDir}/tx.${nonce} | grep -x -e armed -e firing -e confirmed`;
    const output = sandbox.run(
      "dash",
      begin,
      confirmScript(other, "text\n"),
      revertScript(other),
      state,
      "ls /etc/multiwan 2>&1 || :",
      confirm,
    );
    expect(output.match(/^@@\w+ \w+|^armed|^firing|^confirmed/gm)).toEqual([
      `@@${nonce} applied`,
      "@@fedcba9876543210 late",
      "@@fedcba9876543210 late",
      "armed",
      `@@${nonce} confirmed`,
    ]);
    expect(output).toContain("No such file");
  });

  test("a folder of root's that others could write to is closed before anything is put there", () => {
    using sandbox = newSandbox();
    const [begin, confirm] = scripts(sandbox.stateDir);
    const output = sandbox.run(
      "dash",
      `mkdir -m 777 ${sandbox.stateDir}`,
      begin,
      `stat -c 'mode %a' ${sandbox.stateDir}`,
      confirm,
    );
    expect(output).toMatch(/^mode 700$/m);
  });
});

(noNamespaces === undefined ? describe : describe.skip)("a router whose only tmpfs is /tmp", () => {
  const NONCE = "0123456789abcdef0123456789abcdef";
  const only = "mount --bind /usr /run; mount --bind /usr /dev/shm; mount -t tmpfs -o mode=1777 none /tmp";
  const read = (setup: string, shell = "dash") =>
    parseSnapshot(
      inNamespace(
        `${only}\n${setup}\nscript=$(cat)\n${shell} -c "$script" </dev/null`,
        standalone(snapshotScript(NONCE)),
      ),
      NONCE,
    );
  const nobody = "setpriv --reuid 65534 --clear-groups";

  test.each(["dash", "busybox sh"])("has its state there, unless somebody was there before: %s", (shell) => {
    expect(read("", shell).capabilities.stateDir).toBe("/tmp/multiwan");
    expect(read("mkdir -m 700 /tmp/multiwan; echo '# x' >/tmp/multiwan/manifest", shell).manifest).toBe("# x\n");
    for (const made of [
      "mkdir /tmp/multiwan",
      "ln -s /etc /tmp/multiwan",
      "ln -s nowhere /tmp/multiwan",
      "touch /tmp/multiwan",
    ]) {
      let problems: unknown;
      try {
        read(`${nobody} sh -c '${made}; echo "# evil" >/tmp/multiwan/manifest' 2>/dev/null`, shell);
      } catch (error) {
        problems = error instanceof SnapshotProblems ? error.problems : error;
      }
      expect(problems).toEqual([{ problem: "foreign-state-directory", path: "/tmp/multiwan" }]);
    }
  });
});
