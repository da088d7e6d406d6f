/** F15: processes, memory, files or room run out in the middle of a change, until some seconds after its time to confirm. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { has } from "../../routers/draw.ts";
import type { Bench } from "../bench.ts";
import type { Finding } from "../judge.ts";
import type { Answer, Moment } from "../operator.ts";
import { SCARCE, type Scarcity } from "../scarce.ts";
import { type Caller, misbehave } from "../shims.ts";
import { type Case, type Change, ended, type Judge, make, missed, told } from "./case.ts";
import { CUTS, outside } from "./network.ts";

/** Cut until the router has come to rest by itself. */
export const LINES = ["the line holds", "the line is cut"] as const;
export type Line = (typeof LINES)[number];

export interface Shortage {
  readonly of: Scarcity;
  readonly line: Line;
  /** For how long after the time to confirm. */
  readonly seconds: number;
}
const title = ({ of, line, seconds }: Shortage, from: string) =>
  `${of} from ${from} until ${seconds} s after the time, ${line}`;

/** From a boundary of the protocol on. */
export const f15 = (change: Change, shortage: Shortage, moment: Moment): Case =>
  make("F15", title(shortage, moment), change, async (bench, judge) => {
    const run = await bench.operator.run(bench.command(change[1], { at: moment, act: "stop" }));
    if (!(await run.reached)) return [missed(moment)];
    return suffer(bench, shortage, { change, judge, done: run.done, goOn: async () => bench.operator.go() });
  });

/** From the k-th command of the apply, of the operator's shell, of the watchers, or of a rollback that nobody waits for. */
export const f15At = (change: Change, shortage: Shortage, caller: Caller, k: number): Case =>
  make("F15", title(shortage, `command ${k} of ${caller}`), change, async (bench, judge) => {
    const { router } = bench.lab;
    const shim = join(router.root, "usr/local/sbin/.shim");
    await misbehave(bench.lab, { caller, k, does: { shell: "echo $$ >$S/stopped; kill -STOP $$" } });
    const alone = caller === "undo" || caller === "watch";
    const at = alone ? ({ at: "begin-answered", act: "die" } as const) : {};
    const { done } = await bench.operator.run(bench.command(change[1], at));
    let over = false;
    const end = done.then(async (answer) => {
      if (answer || !alone) over = true;
    });
    const until = performance.now() + (bench.confirm + 10) * 1000;
    while (!existsSync(join(shim, "stopped")) && !over && performance.now() < until) await sleep(20);
    if (!existsSync(join(shim, "stopped"))) {
      await end;
      const left = await bench.settled();
      return [missed(`command ${k}`), ...(await judge([...change], { left, mayLeave: true, unwritten: true }))];
    }
    const pid = readFileSync(join(shim, "stopped"), "utf8").trim();
    const goOn = async () => void (await router.exec(`rm ${SHIM}/stopped; kill -CONT ${pid}`));
    return suffer(bench, shortage, { change, judge, done, goOn });
  });
const SHIM = "/usr/local/sbin/.shim";

/** Seconds behind the time to confirm in which a rollback is through that is not hindered. */
const LONG = 12;

interface Suffering {
  readonly change: Change;
  readonly judge: Judge;
  readonly done: Promise<Answer | undefined>;
  goOn(): Promise<void>;
}

async function suffer(bench: Bench, { of, line, seconds }: Shortage, { change, judge, done, goOn }: Suffering) {
  const { lab } = bench;
  const cut = line === "the line is cut";
  if (cut) await outside(lab, CUTS["both ways"][0]);
  const end = await SCARCE[of](lab);
  await goOn();
  if (end) await untilAfter(bench, seconds);
  // What is undone needs no room: the way back waits for none. mksh has its here-documents in files.
  const waits = /in \/run$/.test(of) && cut && seconds >= LONG && !(bench.router && has(bench.router, "sh", "mksh"));
  const waiting = waits ? await bench.leftovers() : [];
  await end?.();
  // What follows from here on the router does alone.
  const rest = async () => {
    for (let i = 0; i < 3 && (await bench.settled()).length > 0; i++);
  };
  if (cut) {
    await rest();
    await outside(lab, CUTS["both ways"][1]);
  }
  const answer = await done;
  await rest();
  const left = await bench.settled();
  if (!end) return [missed(`this machine cannot limit it: ${of}`)];
  // Once the first step has begun, both watchers live.
  const begun = left.some((path) => existsSync(join(lab.router.root, path, "doing")));
  const odd: Finding[] = begun ? [{ verdict: "unexplained", text: `nobody rolls it back: ${left.join(" ")}` }] : [];
  if (waiting.length > 0)
    odd.push({ verdict: "unexplained", text: `the way back waits for room: ${waiting.join(" ")}` });
  const unpersisted = /could not be written to the disk/.test(JSON.stringify(answer?.failures ?? {}));
  return [
    ...odd,
    ...(await ended(bench, left, (options) =>
      judge([...change], {
        ...options,
        judged: !unpersisted,
        unwritten: true,
        returned: unpersisted ? undefined : told(answer),
      }),
    )),
  ];
}

/** Some seconds after the time to confirm, on the router's clock; a change that is not there yet has all of it before it. */
async function untilAfter(bench: Bench, seconds: number): Promise<void> {
  const uptime = () => Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
  const folder = join(bench.lab.router.root, "run/multiwan");
  let until = uptime() + bench.confirm + seconds;
  for (; uptime() < until; await sleep(100))
    try {
      for (const name of readdirSync(folder).filter((name) => name.startsWith("tx.")))
        until = Number(readFileSync(join(folder, name, "deadline"), "utf8")) + seconds || until;
    } catch {
      // None has begun, or it has ended.
    }
}
