/** One change of a router at a time: who has the lock, and what becomes of one that was left behind. */
import { expect, test } from "@jest/globals";
import { standalone } from "../../provider/dialects/script.ts";
import { confirmScript, revertScript } from "../../provider/guard/end.ts";
import { parseOutcome } from "../../provider/guard/outcome.ts";
import { BOOT_DIR } from "../../provider/kinds/boot-files.ts";
import { formatManifest } from "../../provider/plan/manifest.ts";
import {
  abandoned,
  ended,
  folders,
  late,
  manifest,
  network,
  nonce,
  planOf,
  playAsync,
  prepared,
  scriptOf,
  step,
  until,
  untouchedIn,
  withTools,
} from "./guarded.ts";
import { filesIn, inShells, type Sandbox } from "./sandbox.ts";

const OTHER = "fedcba9876543210";

inShells("dash", (shell) => {
  /** Another run's begin, its words into a file. */
  const other = (sandbox: Sandbox) => `(${scriptOf(sandbox, planOf([]), { nonce: OTHER })}) >${sandbox.dir}/other`;
  const said = (sandbox: Sandbox) => parseOutcome(sandbox.read("other")!, OTHER);
  const age = (sandbox: Sandbox, end: string, boot = "$boot") =>
    `${folders(sandbox)}{ read -r run until boot; read -r who; } <"$D/lock"; printf '%s %s %s\\n%s\\n' "$run" "${end}" "${boot}" "$who" >"$D/lock"`;
  /** Both watchers dead, nobody left who would take it back. */
  const deserted = (sandbox: Sandbox) => `${folders(sandbox)}kill -9 $(cat "$T/alive.1" "$T/alive.2")`;

  test.concurrent("the second is told who has it and for how long, and changes nothing", async () => {
    using sandbox = prepared();
    await playAsync(sandbox, shell, scriptOf(sandbox, planOf(network)), other(sandbox));
    const outcome = said(sandbox) as { kind: string; seconds: number; who: string };
    expect(outcome).toMatchObject({ kind: "locked", who: "anna@laptop" });
    expect(outcome.seconds).toBeGreaterThan(60);
    expect(outcome.seconds).toBeLessThanOrEqual(90);
    expect(filesIn(sandbox, "run/multiwan")).toContain(`tx.${nonce}`);
    expect(filesIn(sandbox, "run/multiwan")).not.toContain(`tx.${OTHER}`);
  });

  test.concurrent.each([
    ["past its end", "1", "$boot"],
    ["of another boot", "$until", "another"],
  ])("a lock %s is taken, and what its run had not confirmed is taken back", async (_, end, boot) => {
    using sandbox = prepared();
    const { shows } = await playAsync(
      ...[sandbox, shell, scriptOf(sandbox, planOf(network)), deserted(sandbox)],
      ...[age(sandbox, end, boot), other(sandbox)],
    );
    // The plan of the other was made from a router with our manifest.
    expect(said(sandbox)?.kind).not.toBe("locked");
    expect(shows).toBe(untouchedIn(shell));
  });

  test.concurrent("a run that died before its first step leaves nothing, however little of the router it had read", async () => {
    using sandbox = prepared();
    const edit = ['sh "$T/apply.sh" </dev/null', ': >"$T/before"'] as const;
    const script = scriptOf(sandbox, planOf(network), { edit });
    await playAsync(sandbox, shell, script, deserted(sandbox), age(sandbox, "1"), other(sandbox));
    expect(said(sandbox)).toEqual({ kind: "applied" });
    expect(filesIn(sandbox, "run/multiwan").filter((name) => name.startsWith("left."))).toEqual([]);
  });

  test.concurrent("who of a run that was left still lives does not go on where it stood", async () => {
    using sandbox = prepared();
    const { dir } = sandbox;
    const [first, ...rest] = network;
    const noted = { ...first!, undo: `echo once >>${dir}/taken-back; ${first!.undo}` };
    const stops = step("stops", ":", `[ -e ${dir}/stopped ] || { : >${dir}/stopped; kill -STOP $$; }`);
    const wait = until(`[ -e ${dir}/stopped ]`);
    const goOn = `for p in /proc/[0-9]*; do kill -CONT \${p#/proc/} 2>/dev/null || :; done; sleep 1`;
    const { shows } = await playAsync(
      ...[sandbox, shell, scriptOf(sandbox, planOf([noted, ...rest, stops])), late(sandbox), wait],
      ...[other(sandbox), goOn],
    );
    expect(sandbox.read("stopped")).toBe("");
    expect(said(sandbox)).toEqual({ kind: "applied" });
    expect(sandbox.read("taken-back")).toBe("once\n");
    expect(shows).toBe(untouchedIn(shell));
    // The other's.
    expect(sandbox.read("run/multiwan/manifest")).toBe(formatManifest(manifest));
  });

  test.concurrent("a confirm that a disk holds up is ended with its lock, and the root that it had opened is closed", async () => {
    using sandbox = prepared();
    const { dir, stateDir } = sandbox;
    const tools = withTools(sandbox, {
      // The first one waits for the disk.
      sync: `[ -e ${dir}/held ] || { : >${dir}/held; until [ -e ${dir}/free ]; do sleep 0.1; done; }`,
      remountro: `echo closed >>${dir}/closed`,
    });
    const confirm = standalone(confirmScript({ nonce, stateDir }, "text\n")).replaceAll(
      BOOT_DIR,
      `${dir}/etc/multiwan`,
    );
    sandbox.write("confirm", confirm);
    // Framed for a session it is a part of the shell: that has to end, and not the shell around it.
    const held = `${folders(sandbox)}: >"$T/ro"; sh -c '( . ${dir}/confirm ); echo $? >${dir}/code' >/dev/null 2>&1 &
${until(`[ -e ${dir}/held ]`)}`;
    const free = `: >${dir}/free; ${until(`[ -e ${dir}/code ]`)}`;
    const plan = { ...planOf(network), boot: "text\n" };
    const { shows } = await playAsync(
      ...[sandbox, shell, scriptOf(sandbox, plan), tools, deserted(sandbox)],
      ...[held, age(sandbox, "1"), other(sandbox), free],
    );
    expect(said(sandbox)?.kind).not.toBe("locked");
    expect(sandbox.read("code")).toBe("137\n");
    expect(sandbox.read("closed")).toBe("closed\n");
    expect(shows).toContain("from all fwmark 0x1 lookup");
  });

  test.concurrent("what a dead run had confirmed stays", async () => {
    using sandbox = prepared();
    const confirmed = `${folders(sandbox)}mv "$T/armed" "$T/confirmed"`;
    const { shows } = await playAsync(
      ...[sandbox, shell, scriptOf(sandbox, planOf(network)), deserted(sandbox), confirmed],
      ...[age(sandbox, "1"), other(sandbox)],
    );
    expect(said(sandbox)?.kind).not.toBe("locked");
    expect(shows).toContain("from all fwmark 0x1 lookup");
  });

  test.concurrent("a run that ends leaves the lock of another alone", async () => {
    using sandbox = prepared();
    const theirs = `${folders(sandbox)}rm "$D/lock"; printf '${OTHER} 99999999 boot\\nbob\\n' >"$D/lock"`;
    await playAsync(
      sandbox,
      shell,
      scriptOf(sandbox, planOf(network)),
      theirs,
      revertScript({ nonce, stateDir: sandbox.stateDir }),
    );
    expect(sandbox.read("run/multiwan/lock")).toContain(OTHER);
  });

  test.concurrent("the lock is held until the watchers have taken everything back", async () => {
    using sandbox = prepared();
    const looks = network.with(0, {
      ...network[0]!,
      undo: `ls "$D" >${sandbox.dir}/during; ${network[0]!.undo}`,
    });
    const scripts = [abandoned(sandbox, "firing"), ended(sandbox)];
    await playAsync(sandbox, shell, scriptOf(sandbox, planOf(looks)), ...scripts);
    expect(sandbox.read("during")?.split("\n")).toContain("lock");
    expect(filesIn(sandbox, "run/multiwan")).toEqual(["reverted"]);
  });
});
