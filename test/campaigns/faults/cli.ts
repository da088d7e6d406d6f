/**
 * `npm run faults:cli -- [--seed N] [--count N] [--labs N]`: F1 with the real CLI where there is one, else with the stand-in
 * engine. One of its processes is killed at a random moment of an up: the CLI itself, the language host with the program,
 * or the provider.
 */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Drive, drive, type Engine, hasPulumi, labSite, type Site } from "../../drive/index.ts";
import { type Lab, startLab } from "../../lab/index.ts";
import { startSite } from "../../lab/site.ts";
import { difference, normalised } from "./dumps.ts";
import { randomFrom } from "./random.ts";
import { CONFIRM, settledOn } from "./settled.ts";

const VICTIMS = ["the CLI", "the program", "the provider"] as const;
type Victim = (typeof VICTIMS)[number];
type Goal = "site" | "moved";
const other = (goal: Goal): Goal => (goal === "site" ? "moved" : "site");

function siteOf(goal: Goal): Site {
  const site = labSite();
  if (goal === "site") return site;
  const door = { link: "wan_one", address: "123.234.1.14", server: "server3", tcp: [8080] };
  return { ...site, default: "wan_two", publish: [...(site.publish as object[]), door] };
}

/** A process of this run is one that has its mark in the environment. */
function processes(mark: string): readonly { pid: number; words: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        if (!readFileSync(`/proc/${name}/environ`, "utf8").includes(mark)) return [];
        return [{ pid: Number(name), words: readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ") }];
      } catch {
        return [];
      }
    });
}

function kill(list: ReturnType<typeof processes>): void {
  for (const { pid } of list)
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended.
    }
}

const WORDS: Readonly<Record<Victim, RegExp>> = {
  "the CLI": /(^|\/)pulumi up |test\/engine\/cli\.ts up /,
  "the program": /pulumi-language-nodejs|cmd\/run/,
  "the provider": /cmd\/dynamic-provider|pulumi-resource-pulumi-nodejs/,
};

async function strike(mark: string, victim: Victim, ms: number, over: () => boolean): Promise<boolean> {
  const found = () => processes(mark).filter(({ words }) => WORDS[victim].test(words));
  while (found().length === 0) {
    if (over()) return false;
    await sleep(20);
  }
  await sleep(ms);
  const there = found();
  kill(there);
  return there.length > 0 && !over();
}

async function lane(engine: Engine, n: number, next: () => Blow | undefined): Promise<Row[]> {
  await using lab: Lab = await startLab({ iptables: n % 2 === 0 ? "nft" : "legacy" });
  await startSite(lab);
  await using stack: Drive = drive(lab, { engine, env: { FAULTS_RUN: lab.id } });
  const bench = await measured(engine, lab, stack);
  let at: Goal = "site";
  const rows: Row[] = [];
  for (let blow = next(); blow; blow = next()) {
    const { hit, faults } = await struck(bench, at, blow);
    rows.push({ victim: blow.victim, hit, faults });
    const to = other(at);
    console.log(
      `${faults.length > 0 ? "FOUND" : hit ? "ok" : "not hit"} F1 ${at}>${to} ${blow.victim} killed after ${Math.round(blow.at * bench.took)} ms ${faults.join("\n  ")}`,
    );
    if (faults.length > 0) break;
    at = to;
  }
  return rows;
}

interface Blow {
  readonly victim: Victim;
  /** When, as a part of the time that an up takes. */
  readonly at: number;
}

interface Bench {
  readonly engine: Engine;
  readonly lab: Lab;
  readonly stack: Drive;
  readonly settings: Drive["router"];
  readonly dump: () => Promise<string>;
  readonly up: (goal: Goal) => Promise<string>;
  /** The router in either of its states. */
  readonly expected: ReadonlyMap<Goal, string>;
  /** Milliseconds of an up. */
  readonly took: number;
}

/** Both states of the router, and how long it takes from one to the other. */
async function measured(engine: Engine, lab: Lab, stack: Drive): Promise<Bench> {
  const settings = { ...stack.router };
  const dump = async () => normalised(await lab.router.dump());
  const expected = new Map<Goal, string>();
  let took = 0;
  const up = async (goal: Goal) => {
    stack.site = siteOf(goal);
    stack.router = settings;
    const run = await stack.up("--skip-preview");
    if (run.code !== 0) throw new Error(run.text);
    return run.text;
  };
  for (const goal of ["site", "moved", "site"] as const) {
    const from = performance.now();
    await up(goal);
    took = performance.now() - from;
    expected.set(goal, await dump());
  }
  return { engine, lab, stack, settings, dump, up, expected, took };
}

async function struck(bench: Bench, at: Goal, { victim, at: when }: Blow): Promise<Omit<Row, "victim">> {
  const { lab, stack, settings, dump, expected, took } = bench;
  const to = other(at);
  const mark = `FAULTS_RUN=${lab.id}`;
  stack.site = siteOf(to);
  stack.router = { ...settings, confirmTimeout: CONFIRM };
  let over = false;
  const run = stack.up("--skip-preview").finally(() => {
    over = true;
  });
  const hit = await strike(mark, victim, when * took, () => over);
  await run;
  const connected = await stillConnected(lab);
  kill(processes(mark));
  const left = await settledOn(lab);
  const odd = oddIn(await dump(), expected.get(at)!, expected.get(to)!);
  return {
    hit,
    faults: [
      ...(connected === "" ? [] : [`still connected to the router: ${connected}`]),
      ...(left.length > 0 ? [`left behind: ${left.join(" ")}`] : []),
      ...odd,
      ...(await converging(bench, to)),
    ],
  };
}

/** A provider whose CLI is dead ends by itself, once it has been given anything to do. */
async function stillConnected(lab: Lab): Promise<string> {
  const connected = async () => (await lab.run("operator", ["ss", "-Htn", "dst", lab.router.ssh.host])).stdout;
  for (let i = 0; i < 100 && (await connected()) !== ""; i++) await sleep(100);
  return connected();
}

async function converging({ engine, stack, up, dump, expected }: Bench, to: Goal): Promise<string[]> {
  const faults: string[] = [];
  try {
    // The file backend keeps the lock of a CLI that was killed; this is what it tells its user to type.
    if (engine === "pulumi") await stack.cancel();
    await up(to);
    const there = await dump();
    if (there !== expected.get(to)) faults.push(`does not converge: ${difference(expected.get(to)!, there)}`);
    const again = await up(to);
    if (/updated|created|deleted/.test(again)) faults.push(`the up after it is not silent: ${again}`);
  } catch (error) {
    faults.push((error as Error).message);
  }
  return faults;
}

/** An up is several transactions here: the router may be between two of them, each line as before or as after. */
function oddIn(now: string, before: string, after: string): string[] {
  const [old, news, there] = [before, after, now].map((text) => text.split("\n"));
  const lost = old!.filter((line) => news!.includes(line) && !there!.includes(line));
  const strange = there!.filter((line) => !old!.includes(line) && !news!.includes(line) && !/^ {2}# cksum /.test(line));
  return [...lost.map((line) => `lost: ${line}`), ...strange.map((line) => `strange: ${line}`)];
}

interface Row {
  readonly victim: Victim;
  readonly hit: boolean;
  readonly faults: readonly string[];
}

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "30" },
    labs: { type: "string", default: "1" },
  },
});
const random = randomFrom(Number(values.seed));
const list = Array.from({ length: Number(values.count) }, (_, i) => ({ victim: VICTIMS[i % 3]!, at: random() }));
const engine: Engine = hasPulumi() ? "pulumi" : "stand-in";
const rows = (
  await Promise.all(Array.from({ length: Number(values.labs) }, (_, n) => lane(engine, n, () => list.shift())))
).flat();
console.log(`${engine === "pulumi" ? "the real CLI" : "the stand-in engine"}, seed ${values.seed}
| killed | runs | faults | not hit |
| --- | --- | --- | --- |`);
for (const victim of VICTIMS) {
  const mine = rows.filter((row) => row.victim === victim);
  const count = (is: (row: Row) => boolean) => mine.filter(is).length;
  console.log(
    `| ${victim} | ${mine.length} | ${count((row) => row.faults.length > 0)} | ${count((row) => !row.hit)} |`,
  );
}
process.exitCode = rows.some((row) => row.faults.length > 0) ? 1 : 0;
