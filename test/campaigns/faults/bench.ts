/** A lab with an operator, and the states its router may be in. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Held, type Lab, type LabOptions, startLab } from "../../lab/index.ts";
import { startSite } from "../../lab/site.ts";
import { takenOver } from "../lives/life.ts";
import { OTHER_STACK } from "../lives/other-stack.ts";
import { has } from "../routers/draw.ts";
import { type Dump, dumpExactly, lostMeanwhile } from "../routers/dump.ts";
import { busyboxOf } from "../routers/script.ts";
import type { RandomRouter } from "../routers/value.ts";
import { asBusyboxShows, normalised } from "./dumps.ts";
import { type Answer, type Command, Operator } from "./operator.ts";
import type { Place } from "./place.ts";
import { busyOn, CONFIRM, leftoversOn, settledOn } from "./settled.ts";
import { installShims } from "./shims.ts";
import { GOALS, type Goal, type Resource, resourcesOf } from "./site.ts";

export const VARIANTS: Readonly<Record<string, LabOptions>> = {
  "nft dash": { iptables: "nft", defaultRoute: "default via 149.99.251.145 dev eth1" },
  "legacy dash": { iptables: "legacy" },
  "legacy busybox": { iptables: "legacy", busybox: true, defaultRoute: "default via 66.119.160.1 dev eth2" },
};

const answers = (held: Held) =>
  held.echo().then(
    () => true,
    () => false,
  );

/** The preview says that a router is none for this site. */
export class Refused extends Error {}

export class Bench implements AsyncDisposable {
  readonly lab: Lab;
  readonly options: LabOptions;
  readonly operator: Operator;
  /** The router in each state, undisturbed. */
  readonly expected = new Map<Goal, string>();
  at: Goal = "none";
  /** Seconds to confirm here: as long as an undisturbed run took, since on a busy machine three pass before anybody confirms. */
  confirm = CONFIRM;
  held: Held | undefined;
  /** What a case has measured, for the list of what was played. */
  note = "";
  settings: Record<string, unknown>;
  /** The lab's own router is this one, instead of what the options say. */
  readonly router: RandomRouter | undefined;
  /** A random router before any site, word for word. */
  #before: Dump = new Map();

  private constructor(lab: Lab, options: LabOptions, operator: Operator, router?: RandomRouter) {
    this.lab = lab;
    this.options = options;
    this.router = router;
    this.operator = operator;
    const { host, port, keyFile, hostKey } = lab.router.ssh;
    this.settings = {
      ...{ host, port, privateKeyFile: keyFile, hostKey, confirmTimeout: CONFIRM },
      ...{ keepAlive: 1, connectTimeout: 5, exchangeTimeout: 60 },
    };
  }

  static async start(options: LabOptions, goals: readonly Goal[] = GOALS): Promise<Bench> {
    const lab = await startLab(options);
    try {
      const bench = new Bench(lab, options, new Operator(lab));
      await Promise.all([startSite(lab), bench.operator.start(), installShims(lab)]);
      await bench.learnAll(goals);
      return bench;
    } catch (error) {
      await lab.stop();
      throw error;
    }
  }

  /** The same on a random router. Throws Refused where the site cannot be had there. */
  static async on({ bed, operator }: Place, router: RandomRouter, goals: readonly Goal[]): Promise<Bench> {
    const bench = new Bench(bed.lab, {}, operator, router);
    await Promise.all([operator.start(), bed.build(router).then(() => installShims(bed.lab))]);
    if (has(router, "another stack", "a table, a rule and a chain of its own")) await bench.startOther();
    bench.#before = await dumpExactly(bed.lab);
    await bench.learnAll(goals);
    return bench;
  }

  /** Another project has its lines here already. */
  private async startOther(): Promise<void> {
    const other = new Operator(this.lab, "other");
    const run = await other.run({ resources: OTHER_STACK, router: this.settings, apply: true, stack: "other/prod" });
    const { failures = { "": "it died" } } = (await run.done) ?? {};
    await other.kill();
    if (Object.keys(failures).length > 0) throw new Error(`the other stack: ${JSON.stringify(failures)}`);
    await this.settled();
  }

  private async learnAll(goals: readonly Goal[]): Promise<void> {
    this.expected.set("none", await this.dump());
    for (const goal of goals) if (goal !== "none") await this.learn(goal);
  }

  /** Foreign lines of a random router that are gone or in another order; none on the lab's own routers, whose dumps tell. */
  async lost(): Promise<readonly string[]> {
    if (!this.router) return [];
    return lostMeanwhile(this.#before, await dumpExactly(this.lab), takenOver(this.router));
  }

  resources(goal: Goal): readonly Resource[] {
    return resourcesOf(goal, this.router);
  }

  private async learn(goal: Goal): Promise<void> {
    const from = performance.now();
    await this.up(goal);
    const seconds = Math.ceil((performance.now() - from) / 1000);
    this.confirm = Math.max(this.confirm, Math.min(seconds, 15));
    this.settings = { ...this.settings, confirmTimeout: this.confirm };
    this.expected.set(goal, await this.dump());
  }

  command(goal: Goal, more: Partial<Command> = {}): Command {
    return { resources: this.resources(goal), router: this.settings, apply: true, ...more };
  }

  /** An undisturbed run that has to succeed. */
  async up(goal: Goal): Promise<Answer> {
    // Nothing goes wrong in it, however busy this machine is.
    const answer = await this.try(goal, { router: { ...this.settings, confirmTimeout: 20, connectTimeout: 60 } });
    const why = Object.entries(answer.failures).map(([name, text]) => `${name}: ${text}`);
    if (why.length > 0) {
      const Kind = answer.refused ? Refused : Error;
      throw new Kind(`up to "${goal}" failed: ${why.slice(0, 3).join("\n")}`);
    }
    this.at = goal;
    return answer;
  }

  async try(goal: Goal, more: Partial<Command> = {}): Promise<Answer> {
    const { done } = await this.operator.run(this.command(goal, more));
    const late = setTimeout(() => void this.operator.kill(), this.confirm * 30_000);
    const answer = await done;
    clearTimeout(late);
    if (!answer) throw new Error(`the operator's process has died, or did not answer in ${this.confirm * 30} seconds`);
    return answer;
  }

  async dump(): Promise<string> {
    const dump = normalised(await this.lab.router.dump());
    return this.router && busyboxOf(this.router) ? asBusyboxShows(dump) : dump;
  }

  /** A connection through the link that no change concerns; a random router may forward none. */
  async hold(): Promise<void> {
    await this.held?.close().catch(() => undefined);
    const held = this.lab.connect({ from: "internet", to: "216.111.1.11", port: 1494, hold: true });
    this.held = this.router ? await held.catch(() => undefined) : await held;
    if (this.router && this.held && !(await answers(this.held))) await this.dropHeld();
  }

  async dropHeld(): Promise<void> {
    await this.held?.close().catch(() => undefined);
    this.held = undefined;
  }

  /** A new connection from the operator's host is greeted. */
  async getsIn(): Promise<boolean> {
    const script = `const s=require("net").connect(22,"192.168.99.1");s.setTimeout(2000,()=>process.exit(1));
s.on("error",()=>process.exit(1)).on("data",()=>process.exit(0)).on("close",()=>process.exit(1))`;
    return (await this.lab.run("operator", [process.execPath, "-e", script])).code === 0;
  }

  leftovers(): Promise<readonly string[]> {
    return leftoversOn(this.lab);
  }

  settled(): Promise<readonly string[]> {
    return settledOn(this.lab, this.confirm);
  }

  /** Waits for the watchers of the run before, which look once a second whether it has ended. */
  async quiet(): Promise<void> {
    for (let i = 0; i < 50 && (await busyOn(this.lab)); i++) await sleep(100);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.operator.kill();
    await this.lab.stop();
  }
}
