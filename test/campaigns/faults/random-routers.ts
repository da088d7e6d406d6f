/**
 * Asks random routers whether they show a mutant: lives and faults of the kinds that it names, until the first that fails. The
 * same one is played again with the sources as they are: what fails there too says nothing of the mutant.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Mutation } from "./mutants/mutation.ts";

const SEED = 5;
/** So many are drawn that some are called as a mutant wants them. */
const DRAWN = 4000;

/** A campaign's command line, and how what it has reported is named in its output and asked for again. */
interface Campaign {
  readonly args: readonly string[];
  readonly reported: RegExp;
  readonly again: (n: string) => readonly string[];
}

export interface Asking {
  /** Lives, or cases of a fault: at most so many of each kind that the mutant names. */
  readonly cases: number;
  readonly counts: string;
}

function campaignOf(shownBy: string, { cases, counts }: Asking): Campaign {
  if (shownBy === "lives")
    return {
      args: ["test/campaigns/lives/campaign.ts", "--seed", `${SEED}`, "--count", `${cases}`, "--bail"],
      reported: /^FAILED .*--life (\d+)/m,
      again: (n) => ["--life", n],
    };
  const [name = "", router] = shownBy.split(" | ");
  const [fault = "", ...called] = name.split(" ");
  return {
    args: [
      ...["test/campaigns/faults/campaign.ts", "--routers", "random", "--labs", "1", "--bail"],
      ...["--seed", `${SEED}`, "--count", `${DRAWN}`, "--only", fault, "--match", called.join(" ")],
      ...(router === undefined ? [] : ["--with", router]),
      ...["--most", `${cases}`, "--counts", counts],
    ],
    reported: /^FOUND (\d+) /m,
    again: (n) => ["--case", n],
  };
}

/** The numbers of commands that faults are placed by, as the campaign takes them. */
export async function countedCommands(root: string): Promise<string> {
  const { text } = await run(root, [
    "test/campaigns/faults/campaign.ts",
    "--routers",
    "random",
    "--no-exhaustive",
    "--count",
    "0",
  ]);
  return /commands: (\{.*\})/.exec(text)![1]!;
}

/** @param copy folder of the mutant. @returns the command that shows it; undefined for a survivor */
export async function shownBy(
  mutation: Mutation,
  copy: string,
  root: string,
  asking: Asking,
): Promise<string | undefined> {
  const { counts } = asking;
  for (const { args, reported, again } of mutation[4].map((by) => campaignOf(by, asking))) {
    const { code, text } = await run(copy, args);
    const n = reported.exec(text)?.[1];
    if (code === 0) continue;
    if (n === undefined) {
      console.error(`${mutation[0]}: not asked to its end: ${args.join(" ")}\n${text.slice(-2000)}`);
      continue;
    }
    const one = [...args, ...again(n)];
    if ((await run(root, one)).code === 0) return one.filter((arg) => arg !== "--counts" && arg !== counts).join(" ");
  }
  return undefined;
}

async function run(cwd: string, args: readonly string[]): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
    ...{ cwd, stdio: ["ignore", "pipe", "ignore"] },
  });
  let text = "";
  child.stdout.on("data", (chunk) => (text += chunk));
  const late = setTimeout(() => child.kill("SIGTERM"), 900_000);
  const [code] = (await once(child, "close")) as [number | null];
  clearTimeout(late);
  return { code, text };
}
