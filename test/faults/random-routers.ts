/**
 * Asks random routers whether they show a mutant: lives and faults of the kinds that it names, until the first that fails. The
 * same one is played again with the sources as they are: what fails there too says nothing of the mutant.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Fault, Mutation } from "./mutants/mutation.ts";

const SEED = 5;
const LIVES = 8;
/** Intentions are thirty different ones: as many times the cases of another fault. */
const INTENTIONS = 2;

/** A campaign's command line, and how what it has reported is named in its output and asked for again. */
interface Campaign {
  readonly args: readonly string[];
  readonly reported: RegExp;
  readonly again: (n: string) => readonly string[];
}

export interface Asking {
  /** Cases of faults, all kinds of a mutant together. */
  readonly cases: number;
  readonly counts: string;
}

function campaignsFor([, , , , shownBy]: Mutation, { cases, counts }: Asking): Campaign[] {
  const faults = shownBy.filter((kind): kind is Exclude<Fault, "lives"> => kind !== "lives");
  const most = faults.includes("F11") ? INTENTIONS * cases : cases;
  return [
    ...(shownBy.includes("lives")
      ? [
          {
            args: ["test/lives/campaign.ts", "--seed", `${SEED}`, "--count", `${LIVES}`, "--bail"],
            reported: /^FAILED .*--life (\d+)/m,
            again: (n: string) => ["--life", n],
          },
        ]
      : []),
    ...(faults.length > 0
      ? [
          {
            args: [
              ...["test/faults/campaign.ts", "--routers", "random", "--no-exhaustive", "--labs", "1", "--bail"],
              ...["--seed", `${SEED}`, "--count", `${most}`, "--only", faults.join(","), "--counts", counts],
            ],
            reported: /^FOUND (\d+) /m,
            again: (n: string) => ["--case", n],
          },
        ]
      : []),
  ];
}

/** The numbers of commands that faults are placed by, as the campaign takes them. */
export async function countedCommands(root: string): Promise<string> {
  const { text } = await run(root, [
    "test/faults/campaign.ts",
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
  for (const { args, reported, again } of campaignsFor(mutation, asking)) {
    const { code, text } = await run(copy, args);
    const n = reported.exec(text)?.[1];
    if (code === 0 || n === undefined) continue;
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
