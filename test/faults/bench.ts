/** A lab with an operator, the states its router may be in, and the judge that looks at it after a fault. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Held, type Lab, type LabOptions, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { type Answer, type Command, Operator } from "./operator.ts";
import { behave, installShims } from "./shims.ts";
import { GOALS, type Goal, resourcesOf } from "./site.ts";

export const VARIANTS: Readonly<Record<string, LabOptions>> = {
  "nft dash": { iptables: "nft", defaultRoute: "default via 149.99.251.145 dev eth1" },
  "legacy dash": { iptables: "legacy" },
  "legacy busybox": { iptables: "legacy", busybox: true, defaultRoute: "default via 66.119.160.1 dev eth2" },
};

/** `not hit`: the point did not come, such as the 90th command of a change that has 80 on this router. No fault then. */
export type Verdict = "lock-out" | "foreign lost" | "mixed" | "torn" | "unexplained" | "not hit";

export interface Finding {
  readonly verdict: Verdict;
  readonly text: string;
}

/** Seconds until the router takes an unconfirmed change back, at least: a bench on a busy machine gives it more. */
export const CONFIRM = Number(process.env.FAULTS_CONFIRM ?? 3);
/** What the router gets on top, before anything is judged. */
const GRACE = 10;

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

  private constructor(lab: Lab, options: LabOptions) {
    this.lab = lab;
    this.options = options;
    this.operator = new Operator(lab);
    const { host, port, keyFile, hostKey } = lab.router.ssh;
    this.settings = {
      ...{ host, port, privateKeyFile: keyFile, hostKey, confirmTimeout: CONFIRM },
      ...{ keepAlive: 1, connectTimeout: 5, exchangeTimeout: 60 },
    };
  }

  static async start(options: LabOptions, goals: readonly Goal[] = GOALS): Promise<Bench> {
    const lab = await startLab(options);
    try {
      const bench = new Bench(lab, options);
      await Promise.all([startSite(lab), bench.operator.start(), installShims(lab)]);
      bench.expected.set("none", await bench.dump());
      for (const goal of goals) if (goal !== "none") await bench.learn(goal);
      return bench;
    } catch (error) {
      await lab.stop();
      throw error;
    }
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
    return { resources: resourcesOf(goal), router: this.settings, apply: true, ...more };
  }

  /** An undisturbed run that has to succeed. */
  async up(goal: Goal): Promise<Answer> {
    // Nothing goes wrong in it, however busy this machine is.
    const answer = await this.try(goal, { router: { ...this.settings, confirmTimeout: 20, connectTimeout: 60 } });
    const why = Object.entries(answer.failures).map(([name, text]) => `${name}: ${text}`);
    if (why.length > 0) throw new Error(`up to "${goal}" failed: ${why.slice(0, 3).join("\n")}`);
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
    return normalised(await this.lab.router.dump());
  }

  /** A connection through the link that no change concerns. */
  async hold(): Promise<void> {
    await this.held?.close().catch(() => undefined);
    this.held = await this.lab.connect({ from: "internet", to: "216.111.1.11", port: 1494, hold: true });
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

  /**
   * The judge. The router must be in one of `allowed`, foreign lines included; a login must work; a run to `goal` must
   * get there and the one after must write nothing.
   */
  async judge(allowed: readonly Goal[], goal: Goal, options: JudgeOptions = {}): Promise<Finding[]> {
    const findings: Finding[] = [];
    const find = (verdict: Verdict, text: string) => void findings.push({ verdict, text });
    if (!(await this.settledIn())) find("lock-out", "no new connection within the time");
    const left = options.left ?? (await this.settled());
    if (left.length > 0 && !options.mayLeave) find("unexplained", `left behind: ${left.join(" ")}`);
    const { hit } = await behave(this.lab);
    const torn = await this.lab.router.exec(TORN);
    if (torn !== "") find("torn", torn);
    if (options.mustHit && !hit) find("not hit", "the fault did not happen");

    const edits = options.ignore ?? (() => false);
    const now = without(await this.dump(), edits);
    const wanted = (goal: Goal) => without(this.expected.get(goal)!, edits);
    const state = options.judged === false ? undefined : stateOf(now, allowed, wanted, options.returned);
    if (!state && options.judged !== false) findings.push(...this.compare(now, allowed, wanted));
    if (state && options.returned !== undefined) {
      const recorded = options.returned ? goal : allowed[0];
      if (state !== recorded) find("unexplained", `recorded "${recorded}", but the router is as in "${state}"`);
    }
    await this.held?.echo().catch((error: Error) => find("unexplained", `held connection: ${error.message}`));
    await options.before?.();
    try {
      await this.up(goal);
      const part = (text: string) => (options.forgets ? text.split("## /run")[0]! : text);
      const reached = part(without(await this.dump(), edits));
      const there = part(wanted(goal));
      if (reached !== there) find("unexplained", `the next up does not converge:\n${difference(there, reached)}`);
      const again = await this.try(goal);
      const changed = Object.values(again.ops).filter((op) => op !== "same");
      if (changed.length > 0 || Object.keys(again.failures).length > 0 || again.exchanges > 1)
        find("unexplained", `the up after it is not silent: ${JSON.stringify(again).slice(0, 300)}`);
      const end = await this.leftovers();
      if (end.length > 0) find("unexplained", `left behind at the end: ${end.join(" ")}`);
    } catch (error) {
      find("unexplained", (error as Error).message);
    }
    return findings;
  }

  private async settledIn(): Promise<boolean> {
    const until = performance.now() + (this.confirm + GRACE) * 1000;
    do if (await this.getsIn()) return true;
    while (performance.now() < until);
    return false;
  }

  private compare(now: string, allowed: readonly Goal[], wanted: (goal: Goal) => string): Finding[] {
    const base = [...this.expected.keys()].map((goal) => new Set(wanted(goal).split("\n")));
    const everywhere = [...base[0]!].filter((line) => base.every((lines) => lines.has(line)));
    const there = new Set(now.split("\n"));
    const lost = everywhere.filter((line) => !there.has(line));
    const diffs = allowed.map((g) => `against "${g}":\n${difference(wanted(g), now)}`);
    return [
      {
        verdict: lost.length > 0 ? "foreign lost" : "mixed",
        text: `${lost.join("\n")}\n${diffs.join("\n")}`.slice(0, 3000),
      },
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.operator.kill();
    await this.lab.stop();
  }
}

export interface JudgeOptions {
  /** What `settled` has answered already. */
  readonly left?: readonly string[];
  /** A lock may stay, for the next run to recognise. */
  readonly mayLeave?: boolean;
  /** Lines that others have written meanwhile. */
  readonly ignore?: (line: string) => boolean;
  /** The run told that it had succeeded, or that nothing of it is left; undefined where it died or did not know. */
  readonly returned?: boolean | undefined;
  readonly mustHit?: boolean;
  /** false: the state right after the fault is not looked at. */
  readonly judged?: boolean;
  /** The router converges, but not what it remembers of what was there before. */
  readonly forgets?: boolean;
  /** Runs before the run that has to converge. */
  readonly before?: () => Promise<unknown>;
}

async function leftoversOn(lab: Lab): Promise<readonly string[]> {
  const text = await lab.router.exec("ls -d /run/multiwan/tx.* /run/multiwan/lock 2>/dev/null || :");
  return text.split("\n").filter(Boolean);
}

/** Does a process of a transaction run? */
async function busyOn(lab: Lab): Promise<boolean> {
  const found = await lab.router.exec("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c '/tx[.]' || :");
  return found.trim() !== "0";
}

/** Waits until no transaction is under way, at most until the router must have ended it. */
export async function settledOn(lab: Lab, confirm = CONFIRM): Promise<readonly string[]> {
  const until = performance.now() + (confirm + GRACE) * 1000;
  for (let idle = 0; ; ) {
    const left = await leftoversOn(lab);
    if (left.length === 0 || performance.now() > until) return left;
    idle = (await busyOn(lab)) ? 0 : idle + 1;
    // Nobody is left who could end it.
    if (idle >= 4) return left;
    await sleep(200);
  }
}

/**
 * A change that was confirmed, but not yet written to the disk, is in force: the next run writes it. Not so where the run
 * told how it ended.
 */
function stateOf(
  now: string,
  allowed: readonly Goal[],
  wanted: (goal: Goal) => string,
  returned?: boolean,
): Goal | undefined {
  const [from, to] = allowed;
  const whole = allowed.find((goal) => now === wanted(goal));
  if (whole || !from || !to || returned !== undefined) return whole;
  const { boot, rest } = bootFileIn(now);
  return bootFileIn(wanted(from)).boot === boot && bootFileIn(wanted(to)).rest === rest ? to : undefined;
}

/** What moves by itself, or tells which way the router has come: order of addresses, the boot file before the last. */
export function normalised(dump: string): string {
  const text = dump
    .split(/^(?=## )/m)
    .map((section) => {
      const [head = "", ...lines] = section.split("\n");
      // Rules of one priority are ours or others', and ours lead to one table: their order means nothing.
      if (head.startsWith("## addresses") || head.startsWith("## rules"))
        return [head, ...lines.filter(Boolean).sort(), ""].join("\n");
      if (head.startsWith("## /tmp")) return "";
      // iptables-nft-save shows its tables, in order; nft lists chains in the order in which they were made.
      if (head.startsWith("## nft")) return section.replace(TABLES_OF_IPTABLES, "");
      if (head.startsWith("## files changed"))
        return [head, ...withoutFile(lines, /^etc\/multiwan\/(boot\.prev|boot\.new|\.mw) |^usr\/local/)].join("\n");
      if (head.startsWith("## /run"))
        return [head, ...withoutFile(lines, /^\/run\/multiwan(\/(reverted|lock|tx\.\S+))? /)].join("\n");
      return section;
    })
    .join("");
  return text.replace(/\n\n+/g, "\n");
}

const TABLES_OF_IPTABLES = /^table ip6? (filter|nat|mangle|raw|security) \{\n[\s\S]*?^\}\n/gm;

/** A file is a line with its name, and lines with two blanks before them. */
function withoutFile(lines: readonly string[], name: RegExp): string[] {
  let skipping = false;
  return lines.filter((line) => {
    if (!line.startsWith("  ")) skipping = name.test(line);
    return !skipping;
  });
}

/** The boot file of a dump, and the dump without it. */
function bootFileIn(dump: string): { boot: string; rest: string } {
  const lines = dump.split("\n");
  const at = lines.findIndex((line) => line.startsWith("etc/multiwan/boot "));
  if (at < 0) return { boot: "", rest: dump };
  const after = lines.findIndex((line, i) => i > at && !line.startsWith("  "));
  const end = after < 0 ? lines.length : after;
  return { boot: lines.slice(at, end).join("\n"), rest: lines.toSpliced(at, end - at).join("\n") };
}

function without(text: string, ignored: (line: string) => boolean): string {
  return text
    .split("\n")
    .filter((line) => !ignored(line))
    .join("\n");
}

export function difference(wanted: string, there: string): string {
  const [a, b] = [wanted.split("\n"), there.split("\n")];
  const minus = a.filter((line) => !b.includes(line)).map((line) => `  - ${line}`);
  const plus = b.filter((line) => !a.includes(line)).map((line) => `  + ${line}`);
  const all = [...minus, ...plus];
  if (all.length > 0) return all.slice(0, 12).join("\n");
  const at = b.findIndex((line, i) => line !== a[i]);
  return `  in another order from line ${at + 1}: ${[...a.slice(at, at + 3), "->", ...b.slice(at, at + 3)].join(" | ")}`;
}

/** Files that are whole are by their checksum; files under way have names of their own, and are gone afterwards. */
const TORN = `cd /etc
[ ! -e multiwan/boot ] || [ "$(tail -n 1 multiwan/boot)" = "# cksum $(sed '$d' multiwan/boot | cksum)" ] || echo multiwan/boot
ls iproute2/*.mw* network/if-up.d/*.mw* 2>/dev/null || :`;
