/**
 * `npm run vm -- cuts [--count N] [--seed N]`: power cuts of the slow router. Its operator makes a change; at a random
 * moment of it qemu is killed, and the router boots again with nobody's help. It must answer, be as before or as after the
 * change, with a read-only root and whole boot files, and the next run must get to the end of the change. An interrupted
 * campaign tells its counts too.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Lab } from "../../lab/index.ts";
import { type Answer, type Command, Operator } from "../faults/operator.ts";
import { randomFrom } from "../faults/random.ts";
import { type Goal, resourcesOf } from "../faults/site.ts";
import { DUMP, diff } from "./dump.ts";
import { startVmLab } from "./lab.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: "string", default: "60" }, seed: { type: "string", default: "1" } },
});
const random = randomFrom(Number(values.seed));

/** From when on the moment is chosen, as the router's shell sees it come; and how many milliseconds it may take. */
const PHASES = [
  ["prepared", "[ -d /run/multiwan/tx.* ]", 3000],
  ["armed", "[ -e /run/multiwan/tx.*/armed ]", 4000],
  ["confirmed", "[ -e /run/multiwan/tx.*/confirmed ]", 1500],
  ["writing", "[ -e /etc/multiwan/boot.new ]", 1000],
  ["named", "[ -e /run/multiwan/tx.*/confirmed ] && [ ! -e /etc/multiwan/boot.new ] && rw", 1500],
] as const;
const WHOLE = `cd /etc/multiwan
for f in boot boot.prev; do [ ! -e $f ] || [ "$(tail -n 1 $f)" = "# cksum $(sed '$d' $f | cksum)" ] || echo torn: $f; done
case $(grep ' / ' /proc/mounts) in *' ro,'*) ;; *) echo the root is writable ;; esac`;

await using lab = await startVmLab(positionals[0]!);
const { guest } = lab;
const { host, port, privateKeyFile, hostKey } = lab.settings;
const router = { host, port, privateKeyFile, hostKey, connectTimeout: 30, exchangeTimeout: 300 };
const operator = new Operator({ ...lab.asLab, router: { ...lab.asLab.router, dir: lab.dir } } as Lab);

const command = (goal: Goal): Command => ({ resources: resourcesOf(goal), router, apply: true });
async function up(goal: Goal): Promise<Answer> {
  const answer = await (await operator.run(command(goal))).done;
  if (!answer) throw new Error("the operator's process has died");
  const [failure] = Object.values(answer.failures);
  if (failure !== undefined) throw new Error(`up to "${goal}": ${failure}`);
  return answer;
}

/** What a cut may leave beside the files is not compared: names that are only used while a file is written. */
const LEFT = /^(?!drw).*\/etc\/\S*(\.mw|\.mw\.old|\/boot\.new)$/;
const dump = async () => {
  const lines = (await guest.exec(DUMP)).split("\n");
  return lines.filter((line) => !LEFT.test(line)).join("\n");
};

const rows = new Map<string, { cuts: number; old: number; new: number; faults: number; notHit: number }>();
const started = performance.now();
function report(): void {
  console.log(`seed ${values.seed}, ${Math.round((performance.now() - started) / 1000)} s
| power cut after | cuts | as before | as after | faults | not hit |
| --- | --- | --- | --- | --- | --- |`);
  for (const [name, row] of rows)
    console.log(`| ${name} | ${[row.cuts, row.old, row.new, row.faults, row.notHit].join(" | ")} |`);
  const sum = (key: "cuts" | "faults") => [...rows.values()].reduce((n, row) => n + row[key], 0);
  console.log(`${sum("cuts")} power cuts, ${sum("faults")} with a fault`);
  process.exitCode = sum("faults") > 0 ? 1 : 0;
}
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    report();
    process.exit(1);
  });

console.log(`booted in ${(await guest.boot()).toFixed(0)} s: ${(await guest.exec("uname -srm")).trim()}`);
await operator.start();
const expected = new Map<Goal, string>();
let took = 0;
for (const goal of ["site", "moved", "site"] as const) {
  const from = performance.now();
  await up(goal);
  took = (performance.now() - from) / 1000;
  await sleep(2000);
  expected.set(goal, await dump());
  console.log(`"${goal}" in ${took.toFixed(0)} s`);
}

let at: "site" | "moved" = "site";
for (let n = 1; n <= Number(values.count); n++) {
  const to: "site" | "moved" = at === "site" ? "moved" : "site";
  const [phase, condition, most] = PHASES[Math.floor(random() * PHASES.length)]!;
  const ms = Math.floor(random() * most);
  const row = rows.get(phase) ?? { cuts: 0, old: 0, new: 0, faults: 0, notHit: 0 };
  rows.set(phase, row);
  const faults: string[] = [];
  // Busy waiting would take the processor from the change itself.
  const seen = guest
    .exec(`rw() { case $(grep ' / ' /proc/mounts) in *' rw,'*) ;; *) return 1;; esac; }
until ${condition}; do sleep 0.05; done`)
    .then(() => true);
  seen.catch(() => undefined);
  const run = await operator.run(command(to));
  const hit = await Promise.race([seen, run.done.then(() => false)]);
  if (hit) await sleep(ms);
  await guest.cut();
  await operator.kill();
  const booted = await guest.boot();
  await sleep(1000);
  let state = "neither";
  try {
    const said = (await guest.exec(WHOLE)).trim();
    if (said !== "") faults.push(said);
    const there = await dump();
    if (there === expected.get(to)) state = "new";
    else if (there === expected.get(at)) state = "old";
    else
      faults.push(
        `neither: against "${at}":\n${diff(expected.get(at)!, there)}\nagainst "${to}":\n${diff(expected.get(to)!, there)}`,
      );
    await up(to);
    await sleep(2000);
    const end = await guest.exec(DUMP);
    if (end !== expected.get(to)) faults.push(`does not converge:\n${diff(expected.get(to)!, end)}`);
  } catch (error) {
    faults.push((error as Error).message);
  }
  if (hit) row.cuts++;
  else row.notHit++;
  if (state === "old") row.old++;
  if (state === "new") row.new++;
  if (faults.length > 0) row.faults++;
  console.log(
    `${faults.length > 0 ? "FOUND" : hit ? "ok" : "not hit"} ${n} ${at}>${to} ${phase} + ${ms} ms: ${state}, booted in ${booted.toFixed(0)} s ${faults.join("\n")}`,
  );
  if (faults.length > 0) break;
  at = to;
}
report();
await operator.kill();
