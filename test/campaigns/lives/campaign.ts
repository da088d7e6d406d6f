/**
 * `npm run lives -- [--seed N] [--count N] [--part 1/4] [--life N] [--from N] [--rare DIMENSION] [--shrink] [--print] [--bail] [--out FILE]`:
 * lives of random sites on random routers (life.ts). Each failure is printed with its router, its site and the command that plays
 * it again; at the end, also where it is interrupted, come the counts, the refusals by reason, and how often each value was drawn.
 * `--rare` takes the rare values of a dimension in turn, such as "in the way". `--shrink` takes away of a failing router whatever
 * does not matter. `--bail` ends with the first that fails. `--out` appends a line of JSON for each life, and leaves out those that are in the file already;
 * `--sum FILE...` prints the counts of such files together.
 */
import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Bed, takeSuiting } from "../routers/bed.ts";
import { describe } from "../routers/draw.ts";
import { playedIn, readJournal } from "../routers/journal.ts";
import { buildScripts } from "../routers/script.ts";
import { describeSite } from "../routers/site.ts";
import { drawLife, type Life, live, type Outcome } from "./life.ts";
import { type PlayedLife, Report } from "./report.ts";
import { shrink } from "./shrink.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "100" },
    from: { type: "string", default: "1" },
    life: { type: "string" },
    part: { type: "string", default: "1/1" },
    rare: { type: "string" },
    shrink: { type: "boolean", default: false },
    print: { type: "boolean", default: false },
    bail: { type: "boolean", default: false },
    out: { type: "string" },
    sum: { type: "boolean", default: false },
  },
});

/** A lab that is made again when a router does not fit into it, or does not go. */
class Beds implements AsyncDisposable {
  #bed: Bed | undefined;

  async play(life: Life): Promise<Outcome> {
    let outcome: Outcome;
    try {
      if (this.#bed && !(await this.#bed.suits(life.router))) await this.drop();
      this.#bed ??= await Bed.start(life.router);
      outcome = await Promise.race([live(this.#bed, life), tooLong()]);
    } catch (error) {
      outcome = { kind: "failed", verdict: "broken", text: String((error as Error).stack) };
    }
    // A run that failed may have left a process that is still at work.
    if (outcome.kind === "failed" || (await this.#bed?.clear().catch(String)) !== "") await this.drop();
    return outcome;
  }

  next(list: number[], lifeOf: (n: number) => Life): Promise<number | undefined> {
    return takeSuiting(list, this.#bed, (n) => lifeOf(n).router);
  }

  async drop(): Promise<void> {
    const bed = this.#bed;
    this.#bed = undefined;
    await bed?.[Symbol.asyncDispose]().catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drop();
  }
}

async function tooLong(): Promise<Outcome> {
  await new Promise((resolve) => setTimeout(resolve, 300_000).unref());
  return { kind: "failed", verdict: "broken", text: "no end within five minutes" };
}

async function main(): Promise<void> {
  const report = new Report();
  if (values.sum) {
    for (const file of positionals) for (const one of readJournal<PlayedLife>(file)) report.add(one);
    return void console.log(report.text());
  }
  const seed = Number(values.seed);
  const list = asked();
  await using beds = new Beds();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      console.log(report.text());
      void beds.drop().finally(() => process.exit(1));
    });
  const lifeOf = (n: number) => drawLife(seed, n, values.rare);
  for (let n = await beds.next(list, lifeOf); n !== undefined; n = await beds.next(list, lifeOf)) {
    const one = await played(beds, seed, n, lifeOf(n));
    report.add(one);
    if (one.outcome.kind === "failed" && values.bail) break;
  }
  await beds.drop();
  console.log(report.text());
  process.exitCode = report.failures > 0 ? 1 : 0;
}

/** Numbers of the lives of this part that are not in the file yet. */
function asked(): number[] {
  const [part = 1, parts = 1] = values.part.split("/").map(Number);
  const first = Number(values.life ?? values.from);
  const count = values.life ? 1 : Number(values.count);
  const played = playedIn(values.out);
  return Array.from({ length: count }, (_, i) => first + i)
    .filter((_, i) => i % parts === part - 1)
    .filter((n) => !played.has(n));
}

async function played(beds: Beds, seed: number, n: number, life: Life): Promise<PlayedLife> {
  if (values.print) console.log(`${scripts(life)}\n${describeSite(life.site)}\n-> ${describeSite(life.changed)}`);
  const from = performance.now();
  const outcome = await beds.play(life);
  const ms = Math.round(performance.now() - from);
  const one = { seed, n, ms, router: life.router, outcome };
  if (values.out) appendFileSync(values.out, `${JSON.stringify(one)}\n`);
  if (outcome.kind === "failed") await tellFailed(beds, seed, n, life, outcome);
  if (values.life) console.log(JSON.stringify(outcome, undefined, 1));
  return one;
}

async function tellFailed(beds: Beds, seed: number, n: number, life: Life, outcome: Failed): Promise<void> {
  console.log(story(seed, n, life, outcome));
  if (!values.shrink) return;
  const { small, tries } = await shrink(life, outcome, (one) => beds.play(one));
  const router = indented(describe(small.router) || "a plain router");
  console.log(`  smallest (${tries} tries):\n${router}\n    site: ${describeSite(small.site)}\n`);
}

type Failed = Outcome & { readonly kind: "failed" };

const scripts = ({ router }: Life): string => {
  const { net, files } = buildScripts(router);
  return `--- in the network namespace\n${net}--- on the router\n${files}---`;
};

const indented = (text: string) => text.replaceAll(/^/gm, "    ");

function story(seed: number, n: number, life: Life, outcome: Failed): string {
  return [
    `FAILED ${outcome.verdict}: npm run lives -- --seed ${seed} --life ${n}${values.rare === undefined ? "" : ` --rare "${values.rare}"`}`,
    indented(outcome.text.slice(0, 3000)),
    "  router:",
    indented(describe(life.router)),
    `  site: ${describeSite(life.site)}`,
    `  then: ${describeSite(life.changed)}`,
  ].join("\n");
}

await main();
