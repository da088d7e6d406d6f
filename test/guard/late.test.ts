/** What arrives late: a begin that nobody waits for any more, a confirm past its time. */
import { expect, test } from "@jest/globals";
import { standalone } from "../../provider/dialects/script.ts";
import { awaitScript, confirmScript } from "../../provider/guard/end.ts";
import { parseOutcome } from "../../provider/guard/outcome.ts";
import { folders, late, network, nonce, planOf, playAsync, prepared, scriptOf, untouchedIn } from "./guarded.ts";
import { filesIn, inShells, type Sandbox } from "./sandbox.ts";

inShells("dash", (shell) => {
  const run = ({ stateDir }: Sandbox) => ({ nonce, stateDir });
  /** Both watchers dead: what the router does now, the contact does. */
  const deserted = (sandbox: Sandbox) => `${folders(sandbox)}kill -9 $(cat "$T/alive.1" "$T/alive.2")`;
  const untouched = () => untouchedIn(shell);

  test.concurrent("a begin that arrives when nobody waits for its answer changes nothing and leaves nothing", async () => {
    using sandbox = prepared();
    const { outcome, shows } = await playAsync(sandbox, shell, scriptOf(sandbox, planOf(network), { notAfter: 1 }));
    expect([outcome, shows]).toEqual([{ kind: "expired" }, untouched()]);
    expect(filesIn(sandbox, "run")).toEqual([]);
  });

  test.concurrent("its end is on the router's own clock, which nobody sets", async () => {
    using sandbox = prepared();
    const stopped = `echo "77.99 1.00" >${sandbox.dir}/uptime; mount --bind ${sandbox.dir}/uptime /proc/uptime`;
    const begin = (notAfter: number) => `(${scriptOf(sandbox, planOf([]), { notAfter })}) >${sandbox.dir}/${notAfter}`;
    await playAsync(sandbox, shell, stopped, begin(76), begin(77));
    const said = (file: string) => parseOutcome(sandbox.read(file)!, nonce);
    expect([said("76"), said("77")]).toEqual([{ kind: "expired" }, { kind: "applied" }]);
  });

  test.concurrent("a confirm past its time rolls back, where nobody else has", async () => {
    using sandbox = prepared();
    const confirm = `(${standalone(confirmScript(run(sandbox), undefined))}) >${sandbox.dir}/said`;
    const scripts = [deserted(sandbox), late(sandbox), confirm];
    const { shows } = await playAsync(sandbox, shell, scriptOf(sandbox, planOf(network)), ...scripts);
    expect(parseOutcome(sandbox.read("said")!, nonce)).toEqual({ kind: "undone" });
    expect(shows).toBe(untouched());
    expect(filesIn(sandbox, "run")).toEqual([]);
  });

  test.concurrent("who comes back past the time, where nobody else has rolled back, does it", async () => {
    using sandbox = prepared();
    const back = `(${standalone(awaitScript(run(sandbox)))}) >${sandbox.dir}/said`;
    const scripts = [deserted(sandbox), late(sandbox), back];
    const { shows } = await playAsync(sandbox, shell, scriptOf(sandbox, planOf(network)), ...scripts);
    expect(parseOutcome(sandbox.read("said")!, nonce)).toEqual({ kind: "undone" });
    expect(shows).toBe(untouched());
    expect(filesIn(sandbox, "run")).toEqual([]);
  });
});
