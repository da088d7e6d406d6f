/** Draws random routers and sites, plays a life on each, and writes what went over the channel. Needs root. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FACTS_SCRIPT } from "../../provider/cli/doctor/facts.ts";
import { look } from "../../provider/cli/look.ts";
import { openSession } from "../../provider/ssh/session.ts";
import { parseRouterSettings } from "../../provider/ssh/settings.ts";
import { randomFrom, range } from "../campaigns/faults/random.ts";
import { busyOn, leftoversOn } from "../campaigns/faults/settled.ts";
import { OTHER_STACK } from "../campaigns/lives/other-stack.ts";
import { Bed, takeSuiting } from "../campaigns/routers/bed.ts";
import { describe, drawRouter, has } from "../campaigns/routers/draw.ts";
import type { RandomRouter } from "../campaigns/routers/value.ts";
import { type Direct, directly, type Run as Ran, type Resource } from "../rows/direct.ts";
import { DAMAGES } from "./damage.ts";
import { listen, taken } from "./recorder.ts";
import { drawSites } from "./sites.ts";
import { type Run, type Tape, writeTape } from "./tape.ts";

export interface Gathering {
  readonly seed: number;
  readonly count: number;
  readonly from: number;
  readonly out: string;
}

const OTHER = "other/prod";
const STACK = "multiwan/lab";

export async function gather({ seed, count, from, out }: Gathering): Promise<void> {
  listen();
  const routerOf = (n: number) => drawRouter(randomFrom(Math.imul(seed, 1_000_003) + n));
  const queue = range(count)
    .map((n) => n + from - 1)
    .filter((n) => !existsSync(join(out, `${nameOf(seed, n)}.json`)));
  let bed: Bed | undefined;
  const drop = async () => {
    await bed?.[Symbol.asyncDispose]().catch(() => undefined);
    bed = undefined;
  };
  for (let n = await takeSuiting(queue, bed, routerOf); n !== undefined; n = await takeSuiting(queue, bed, routerOf)) {
    const router = routerOf(n);
    const began = performance.now();
    let said: string;
    try {
      if (bed && !(await bed.suits(router))) await drop();
      bed ??= await Bed.start(router);
      const tape = await Promise.race([live(bed, router, seed, n), tooLong()]);
      writeTape(out, tape);
      said = tape.runs.map(({ name, exchanges }) => `${name} ${exchanges.length}`).join(", ");
      if ((await bed.clear().catch(String)) !== "") await drop();
    } catch (error) {
      said = `not recorded: ${(error as Error).message.split("\n")[0]}`;
      taken();
      await drop();
    }
    console.log(`${nameOf(seed, n)} ${Math.round(performance.now() - began)} ms: ${said}`);
  }
  await drop();
}

const nameOf = (seed: number, n: number) => `${seed}-${String(n).padStart(4, "0")}`;

/** A transaction that was given up ends by itself; what it leaves for longer is part of the life. */
const SETTLE_MS = 40_000;

/** Where the life is that is being played. */
let stage = "";

async function tooLong(): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, 120_000).unref());
  throw new Error(`no end within two minutes: ${stage}`);
}

async function live(bed: Bed, router: RandomRouter, seed: number, n: number): Promise<Tape> {
  const { lab } = bed;
  const random = randomFrom(Math.imul(seed, 7_919) + n);
  const sites = drawSites(router, random, n);
  const damage = DAMAGES[n % DAMAGES.length]!;
  await bed.build(router);
  const { host, port } = await lab.tunnel();
  const { keyFile, hostKey } = lab.router.ssh;
  // Some are given the time that the provider itself finds right.
  const settings = { ...(n % 3 > 0 && { confirmTimeout: 25 }), exchangeTimeout: 60 };
  const login = { host, port, privateKeyFile: keyFile, hostKey, ...settings };
  const runs: Run[] = [];
  const others: Record<string, readonly Resource[]> = {};
  const inOrder = n % 3 === 0;

  const keep = async (
    name: string,
    does: Run["does"],
    stack: string,
    site: number | undefined,
    work: Promise<Ran | undefined>,
  ) => {
    stage = name;
    const ran = await work;
    stage = `${name}, settling`;
    const until = performance.now() + SETTLE_MS;
    while (performance.now() < until && ((await busyOn(lab)) || (await leftoversOn(lab)).length > 0)) await sleep(50);
    runs.push({ name, does, stack, ...(site !== undefined && { site }), ...taken() });
    return ran ? ran.code === 0 : true;
  };
  const stackOf = (stack: string): Direct => {
    const direct = directly({ ...login });
    return Object.assign(direct, { stack, inOrder });
  };
  const own = stackOf(STACK);
  const go = (name: string, does: "update" | "preview", site: number) => {
    own.site = sites[site]!;
    return keep(name, does, STACK, site, own[does]());
  };
  const lookAt = async (site: number) => {
    const parsed = parseRouterSettings(login);
    if ("issues" in parsed) throw new Error(JSON.stringify(parsed.issues));
    const session = await openSession(parsed.settings);
    await look(session, parsed.settings, FACTS_SCRIPT)
      .catch(() => undefined)
      .finally(() => session.close());
    await keep("look", "look", STACK, site, Promise.resolve(undefined));
  };
  if (has(router, "another stack", "a table, a rule and a chain of its own")) {
    const other = stackOf(OTHER);
    other.resources = OTHER_STACK as readonly Resource[];
    others[OTHER] = other.resources;
    await keep("other up", "update", OTHER, undefined, other.update());
  }
  const tape = (): Tape => ({
    ...{ name: nameOf(seed, n), settings: { host, port, ...settings }, sites, others, inOrder, runs },
    about: { router: describe(router).split("\n"), damage: damage.name },
  });
  await go("preview", "preview", 0);
  if (!(await go("up", "update", 0))) {
    await lookAt(0);
    return tape();
  }
  await lookAt(0);
  await go("again", "preview", 0);
  await go("change", "update", 1);
  await lab.router.exec(damage.script).catch(() => undefined);
  await go("damaged", "preview", 1);
  await keep(
    "refresh",
    "refresh",
    STACK,
    undefined,
    own.refresh().then(() => undefined),
  );
  await go("mend", "update", 1);
  await lookAt(1);
  await keep("destroy", "destroy", STACK, undefined, own.destroy());
  return tape();
}
