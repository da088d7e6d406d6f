/** Plays tapes on the provider as it is: no router, no network, no clock. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { standalone } from "../../provider/dialects/script.ts";
import { snapshotScript } from "../../provider/observe/snapshot-script.ts";
import { checkSite, formatFaults } from "../../provider/site/check.ts";
import { compose } from "../../provider/site/compose.ts";
import { siteProof } from "../../provider/site/prove.ts";
import { type Direct, directly, PROVIDERS, type Providers } from "../rows/direct.ts";
import { command } from "./commands.ts";
import { digest } from "./digest.ts";
import { fix, restart } from "./fixed.ts";
import { type Paper, papers } from "./papers.ts";
import { put, standInForAll } from "./player.ts";
import { type Run, readTape, type Tape, tapesIn } from "./tape.ts";
import { type Call, NUMBER, shown, Transcript } from "./transcript.ts";

export interface Playing {
  readonly from: string;
  readonly out: string;
  readonly only?: string | undefined;
  /** Checksums of the parts instead of the texts. */
  readonly sums?: boolean;
  /** Which of how many parts of the tapes: `1/2`. */
  readonly part?: string | undefined;
}

/** @returns the exit code */
export async function playAll({ from, out, only, sums = false, part = "1/1" }: Playing): Promise<number> {
  fix();
  standInForAll();
  mkdirSync(out, { recursive: true });
  const reading = standalone(snapshotScript(NUMBER));
  writeFileSync(join(out, "reading.sh.txt"), sums ? digest(`--- reading.sh\n${reading}`) : `${reading}\n`);
  const [nth = 1, parts = 1] = part.split("/").map(Number);
  const names = tapesIn(from)
    .filter((name) => only === undefined || name.startsWith(only))
    .filter((_, i) => i % parts === nth - 1);
  for (const name of names) {
    const text = await played(readTape(join(from, name)));
    writeFileSync(join(out, name.replace(/\.json$/, ".txt")), sums ? digest(text) : text);
  }
  console.log(`${names.length} tapes played`);
  return names.length === 0 ? 1 : 0;
}

async function played(tape: Tape): Promise<string> {
  restart();
  const transcript = new Transcript();
  transcript.heading(tape.name);
  for (const [i, site] of tape.sites.entries()) declared(transcript, site, i);
  const stacks = new Map<string, Direct>();
  if (tape.state !== undefined) {
    const state = new Map(tape.state.map((one) => [one.name, one]));
    stacks.set("multiwan/lab", Object.assign(newStack(transcript, tape, "multiwan/lab"), { state }));
  }
  const stackOf = (stack: string): Direct => {
    const there = stacks.get(stack) ?? newStack(transcript, tape, stack);
    stacks.set(stack, there);
    return there;
  };
  const onPaper = (stack: string, state: boolean | undefined): Direct => {
    const direct = newStack(transcript, tape, stack);
    if (state) direct.state = stackOf(stack).state;
    direct.inOrder = false;
    return direct;
  };
  for (const run of [...tape.runs, ...papers(tape)] as (Run & Partial<Paper>)[]) {
    const { name, does, stack, site, ends, exchanges, paper = false } = run;
    transcript.heading(`${name}: ${does} of ${stack}${site === undefined ? "" : `, site ${site}`}`);
    put({ transcript, ends, exchanges, onlyReading: does === "look" || paper });
    if (does === "look") {
      await command(transcript, tape.settings, tape.sites[site!]!, site === 0);
      transcript.ran("");
    } else {
      const direct = paper ? onPaper(stack, run.state) : stackOf(stack);
      if (site !== undefined) direct.site = tape.sites[site]!;
      await ran(transcript, direct, does);
    }
  }
  return transcript.toString();
}

async function ran(transcript: Transcript, direct: Direct, does: Exclude<Run["does"], "look">): Promise<void> {
  const run = await direct[does]();
  transcript.ran(run ? run.text : "");
  if (run) transcript.say("operations", shown(run.ops));
}

function newStack(transcript: Transcript, tape: Tape, stack: string): Direct {
  const direct = directly({ ...tape.settings }, watched(transcript));
  return Object.assign(direct, { stack, inOrder: tape.inOrder, resources: tape.others[stack] });
}

function declared(transcript: Transcript, site: object, i: number): void {
  const checked = checkSite(site);
  if ("faults" in checked) {
    transcript.say(`site ${i}: faults`, formatFaults(checked.faults, "site").join("\n"));
    return;
  }
  const { faults, weaknesses } = siteProof(checked.site);
  transcript.say(`site ${i}: the proof of the declaration`, [...faults, ...weaknesses].join("\n"));
  const resources = compose(checked.site, "site");
  transcript.say(`site ${i}`, resources.map((one) => JSON.stringify(one)).join("\n"));
}

type Props = Readonly<Record<string, unknown>>;

/** The provider's methods, with what they are asked and answer in the transcript. */
function watched(transcript: Transcript): Providers {
  const watch = (provider: pulumi.dynamic.ResourceProvider): pulumi.dynamic.ResourceProvider => {
    const told = async <T>(call: Call, props: Props, work: Promise<T>, say: (answer: T) => string): Promise<T> => {
      const owner = String(props.owner);
      try {
        const answer = await work;
        transcript.called(owner, call, say(answer));
        return answer;
      } catch (error) {
        transcript.called(owner, call, `failed: ${(error as Error).message}`);
        throw error;
      }
    };
    return {
      check: (olds, news) =>
        told("check", news, provider.check!(olds, news), ({ inputs, failures = [] }) =>
          [...failures.map(({ property, reason }) => `refused: ${property} ${reason}`), shown(inputs ?? {})].join("\n"),
        ),
      diff: (id, olds, news) =>
        told("diff", news, provider.diff!(id, olds, news), ({ changes }) => (changes ? "changes" : "same")),
      create: (news) =>
        told("create", news, provider.create(news), ({ id, outs }) => `${id}\n${shown(outs ?? {}, news)}`),
      update: (id, olds, news) =>
        told("update", news, provider.update!(id, olds, news), ({ outs }) => shown(outs ?? {}, news)),
      delete: (id, olds) => told("delete", olds, provider.delete!(id, olds), () => "gone"),
      read: (id, olds) =>
        told("read", olds!, provider.read!(id, olds), ({ id, props, inputs }) =>
          id === undefined ? "gone" : [shown(props ?? {}, olds), ...(inputs ? [shown(inputs, olds)] : [])].join("\n"),
        ),
    };
  };
  const all = Object.entries(PROVIDERS).map(([kind, provider]) => [kind, watch(provider)] as const);
  return Object.fromEntries(all) as unknown as Providers;
}
