/** What the router does by itself when nobody confirms, and what of it may die on the way. */
import { expect, test } from "@jest/globals";
import { standalone } from "../../provider/dialects/script.ts";
import { awaitScript, confirmScript, revertScript } from "../../provider/guard/end.ts";
import { parseOutcome } from "../../provider/guard/outcome.ts";
import { BOOT_DIR } from "../../provider/kinds/boot-files.ts";
import {
  abandoned,
  ended,
  folders,
  late,
  network,
  nonce,
  planOf,
  playAsync,
  prepared,
  scriptOf,
  step,
  steps,
  untouchedIn,
  withTools,
} from "./guarded.ts";
import { filesIn, inShells, type Sandbox } from "./sandbox.ts";

const DONE = "from all fwmark 0x1 lookup";

/** Leaves the transaction to somebody who lives, but does nothing: the watchers have to let it be. */
const HELD = 'mv "$T/armed" "$T/firing"; sleep 60 & echo $! >"$T/owner"; echo $! >"$T/sleeper"';

inShells("dash", (shell) => {
  const run = ({ stateDir }: Sandbox) => ({ nonce, stateDir });
  const untouched = untouchedIn.bind(undefined, shell);

  test.concurrent("what nobody confirms stands until its time, and is then taken back", async () => {
    using sandbox = prepared();
    const before = `sleep 2; ip rule show >${sandbox.dir}/before`;
    const { shows } = await playAsync(
      ...[sandbox, shell, scriptOf(sandbox, planOf(steps)), before, late(sandbox), ended(sandbox)],
    );
    expect(sandbox.read("before")).toContain(DONE);
    expect(shows).toBe(untouched());
    expect(filesIn(sandbox, "run/multiwan")).toEqual(["reverted"]);
    expect(sandbox.read("run/multiwan/reverted")).toBe(`${nonce} undone\n`);
  });

  test.concurrent("nothing is changed before both watch", async () => {
    using sandbox = prepared();
    const look = step(
      "look",
      `for w in 1 2; do
  pid=; read -r pid 2>/dev/null <"$T/alive.$w"
  tr '\\0' ' ' <"/proc/$pid/cmdline" | grep -q "watch.sh $w" || return 1
done`,
      ":",
    );
    const edit = ['exec sh "$T/watch.sh" "$1" )', 'sleep 0.5; exec sh "$T/watch.sh" "$1" )'] as const;
    const { outcome } = await playAsync(sandbox, shell, scriptOf(sandbox, planOf([look, ...network]), { edit }));
    expect(outcome).toEqual({ kind: "applied" });
  });

  test.concurrent("where a watcher does not start, nothing is changed", async () => {
    using sandbox = prepared();
    const edit = ['exec sh "$T/watch.sh" "$1" )', '[ $1 = 1 ] && exec sh "$T/watch.sh" $1 )'] as const;
    const { outcome, shows } = await playAsync(sandbox, shell, scriptOf(sandbox, planOf(steps), { edit }));
    expect([outcome, shows]).toEqual([{ kind: "unwatched" }, untouched()]);
  });

  test.concurrent.each([1, 2])("watcher %i can be killed: the other takes back", async (w) => {
    using sandbox = prepared();
    const kill = `${folders(sandbox)}kill -9 $(cat "$T/alive.${w}")`;
    const { shows } = await playAsync(
      ...[sandbox, shell, scriptOf(sandbox, planOf(steps)), kill, late(sandbox), ended(sandbox)],
    );
    expect(shows).toBe(untouched());
  });

  test.concurrent("killed on the way back, with its watcher or by itself, somebody goes on", async () => {
    for (const victims of ['"$PPID" $$', "$$"]) {
      using sandbox = prepared();
      const { dir } = sandbox;
      const fragile = step("fragile", ":", `[ -e ${dir}/killed ] || { : >${dir}/killed; kill -9 ${victims}; }`);
      const plan = planOf([...network.slice(0, 2), fragile, network[2]!]);
      const { shows } = await playAsync(
        sandbox,
        shell,
        scriptOf(sandbox, plan),
        abandoned(sandbox, "firing"),
        ended(sandbox),
      );
      expect(shows).toBe(untouched());
      expect(filesIn(sandbox, "")).toContain("killed");
      expect(sandbox.read("run/multiwan/reverted")).toBe(`${nonce} undone\n`);
    }
  });

  test.concurrent("an apply that is killed in the middle of a step is taken back with that step", async () => {
    using sandbox = prepared();
    const broken = network.with(2, { ...network[2]!, run: `${network[2]!.run}; kill -9 $$` });
    const script = `${scriptOf(sandbox, planOf(broken))}\n:`;
    const { shows } = await playAsync(sandbox, shell, script, late(sandbox), ended(sandbox));
    expect(shows).toBe(untouched());
    expect(sandbox.read("run/multiwan/reverted")).toBe(`${nonce} undone\n`);
  });

  test.concurrent("an apply that is late goes no further, nor does what it has started", async () => {
    using sandbox = prepared();
    const { dir } = sandbox;
    const hangs = step(
      "hangs",
      `${late(sandbox)}; sh -c 'sleep 60; ip addr add 10.9.9.9/32 dev lo'; ip addr add 10.9.9.8/32 dev lo`,
      ":",
    );
    const script = `${scriptOf(sandbox, planOf([...network, hangs]))}\n:`;
    const lives = `cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c '10[.]9' >${dir}/lives || :`;
    const { outcome, shows } = await playAsync(sandbox, shell, script, ended(sandbox), lives);
    expect(outcome).toBeUndefined();
    expect(shows).toBe(untouched());
    expect(sandbox.read("lives")).toBe("0\n");
  });

  test.concurrent("once somebody takes back, the apply does nothing any more", async () => {
    using sandbox = prepared();
    const [first, ...rest] = network;
    const overtaken = planOf([{ ...first!, run: `${first!.run}; ${HELD}` }, ...rest]);
    const { outcome, shows } = await playAsync(sandbox, shell, scriptOf(sandbox, overtaken));
    expect(outcome).toEqual({ kind: "late" });
    expect(shows).not.toContain(DONE);
  });

  test.concurrent("who takes back is let be while he lives, and followed when he is dead", async () => {
    using sandbox = prepared();
    const { dir } = sandbox;
    const wait = `${folders(sandbox)}${HELD}; sleep 4; ip rule show >${dir}/waiting; kill -9 $(cat "$T/sleeper")`;
    const { shows } = await playAsync(sandbox, shell, scriptOf(sandbox, planOf(steps)), wait, ended(sandbox));
    expect(sandbox.read("waiting")).toContain(DONE);
    expect(shows).toBe(untouched());
  });

  test.concurrent("the apply that takes back a failed step may be killed: nobody does it at the same time again", async () => {
    using sandbox = prepared();
    const { dir } = sandbox;
    const slow = step(
      "slow",
      "false",
      `[ -e ${dir}/killed ] || { : >${dir}/killed; echo once >>${dir}/begun; kill -9 $PPID; sleep 5; echo end >>${dir}/begun; }`,
      { files: {} },
    );
    const script = scriptOf(sandbox, planOf([...network, slow]));
    const second = `[ ! -e ${dir}/killed ] || echo more >>${dir}/begun`;
    const plan = script.replace("u1() { ", () => `u1() { ${second}; `);
    const { shows } = await playAsync(sandbox, shell, `${plan}\n:`, ended(sandbox));
    expect(shows).toBe(untouched());
    expect(sandbox.read("begun")?.split("\n").slice(0, 2)).toEqual(["once", "end"]);
  });

  test.concurrent("what is confirmed stays, and is tidied up when its confirm has died", async () => {
    using sandbox = prepared();
    const dead = abandoned(sandbox, "confirmed");
    const { shows } = await playAsync(sandbox, shell, scriptOf(sandbox, planOf(steps)), dead, ended(sandbox));
    expect(shows).toContain(DONE);
    expect(filesIn(sandbox, "run/multiwan")).toEqual(["manifest"]);
  });

  test.concurrent("what was confirmed goes to the disk when its confirm has died before that", async () => {
    for (const boot of ["text\n", ""]) {
      using sandbox = prepared();
      const { dir } = sandbox;
      const before = `mkdir ${dir}/etc/multiwan; echo before | tee ${dir}/etc/multiwan/boot >${dir}/etc/multiwan/boot.prev`;
      const script = scriptOf(sandbox, { ...planOf(network), boot }).replaceAll(BOOT_DIR, `${dir}/etc/multiwan`);
      await playAsync(sandbox, shell, before, script, abandoned(sandbox, "confirmed"), ended(sandbox));
      expect(filesIn(sandbox, "etc")).toEqual([
        ...(boot === "" ? [] : ["multiwan", "multiwan/boot", "multiwan/boot.prev"]),
        "rt_tables",
      ]);
      expect(sandbox.read("etc/multiwan/boot") ?? "").toMatch(boot === "" ? /^$/ : /^text\n# cksum \d+ \d+\n$/);
      expect(filesIn(sandbox, "run/multiwan")).toEqual(["manifest"]);
    }
  });

  test.concurrent("what cannot be written then is told", async () => {
    using sandbox = prepared();
    const { dir } = sandbox;
    sandbox.write("etc/multiwan", "no folder");
    const script = scriptOf(sandbox, { ...planOf(network), boot: "text\n" }).replaceAll(
      BOOT_DIR,
      `${dir}/etc/multiwan`,
    );
    const asks = `${folders(sandbox)}(${standalone(awaitScript(run(sandbox)))}) >${dir}/said`;
    await playAsync(sandbox, shell, script, abandoned(sandbox, "confirmed"), asks);
    expect(parseOutcome(sandbox.read("said")!, nonce)).toEqual({ kind: "unpersisted", output: "" });
  });

  test.concurrent("a confirmation that comes too late is none, and says so", async () => {
    using sandbox = prepared();
    const { dir } = sandbox;
    const scripts = [
      `${folders(sandbox)}${HELD}`,
      `(${standalone(confirmScript(run(sandbox), undefined))}) >${dir}/said`,
    ];
    await playAsync(sandbox, shell, scriptOf(sandbox, planOf(steps)), ...scripts);
    expect(parseOutcome(sandbox.read("said")!, nonce)).toEqual({ kind: "late" });
    expect(filesIn(sandbox, `run/multiwan/tx.${nonce}`)).not.toContain("confirmed");
  });

  test.concurrent("who waits for the end is told which it was", async () => {
    const ends = { undone: late, confirmed: (sandbox: Sandbox) => abandoned(sandbox, "confirmed") };
    for (const [kind, how] of Object.entries(ends)) {
      using sandbox = prepared();
      const scripts = [
        how(sandbox),
        `${folders(sandbox)}(${standalone(awaitScript(run(sandbox)))}) >${sandbox.dir}/said`,
      ];
      await playAsync(sandbox, shell, scriptOf(sandbox, planOf(network)), ...scripts);
      expect(parseOutcome(sandbox.read("said")!, nonce)).toEqual({ kind });
      expect(filesIn(sandbox, "run/multiwan")).not.toContain("reverted");
    }
  });

  test.concurrent("a way back that somebody else ends meanwhile leaves the list of what is ours", async () => {
    using sandbox = prepared();
    const { dir } = sandbox;
    const tools = withTools(sandbox, {
      // Who has ended it takes the folder away while this one is at the list.
      rm: `case $* in *manifest.new) /bin/rm ${sandbox.stateDir}/tx.*/seen ;; esac\nexec /bin/rm "$@"`,
    });
    const list = `mkdir -m 700 ${dir}/run/multiwan; printf 'owner a\\n' >${dir}/run/multiwan/manifest`;
    const back = `${folders(sandbox)}mv "$T/armed" "$T/firing"; sh "$T/undo.sh" || :`;
    await playAsync(sandbox, shell, list, scriptOf(sandbox, planOf(network), { seen: "owner a\n" }), tools, back);
    expect(sandbox.read("run/multiwan/manifest")).toMatch(/owner/);
  });

  test.concurrent("a way back that leaves something is told as such", async () => {
    using sandbox = prepared();
    const stays = network.with(2, { ...network[2]!, undo: ":" });
    const revert = `(${standalone(revertScript(run(sandbox)))}) >${sandbox.dir}/said`;
    await playAsync(sandbox, shell, scriptOf(sandbox, planOf(stays)), revert);
    expect(parseOutcome(sandbox.read("said")!, nonce)).toEqual({ kind: "stuck" });
  });

  test.concurrent("what was there already and made a step fail is somebody else's", async () => {
    using sandbox = prepared();
    const mine = "ip addr add 123.234.1.11/32 dev lo";
    const { outcome, shows } = await playAsync(sandbox, shell, mine, scriptOf(sandbox, planOf(network)));
    expect(outcome).toMatchObject({ kind: "failed", step: 1, undone: true });
    expect(shows).toContain("inet 123.234.1.11/32");
  });

  test.concurrent("a line that breaks ends neither the apply nor the way back", async () => {
    using sandbox = prepared();
    const hup = step("hang up", "kill -HUP $$ $PPID", "kill -HUP $$ $PPID");
    const revert = `(${standalone(revertScript(run(sandbox)))}) >${sandbox.dir}/said`;
    const { outcome, shows } = await playAsync(sandbox, shell, scriptOf(sandbox, planOf([hup, ...network])), revert);
    expect(outcome).toEqual({ kind: "applied" });
    expect(shows).toBe(untouched());
  });
});
