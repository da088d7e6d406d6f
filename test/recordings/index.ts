/**
 * `npm run record -- gather --seed N --count N [--from N] --out DIR`: lives of random sites on random routers, with all that went over the
 * channel, as a tape for each. Needs root.
 * `npm run record -- play --from DIR [--only NAME] [--part 1/4] [--jobs N] [--sums] --out DIR`: plays the tapes on the provider as it is, without a router, and writes all
 * that it would show, send and record, as a text for each tape; with `--sums` checksums of its parts.
 * `npm run record -- old [--revision fe995a1] --out DIR`: what an older revision leaves on a router and in a state, met by the provider as it
 * is: test/recordings/fe995a1. Needs root.
 * `npm run record -- compare DIR DIR`: which texts of two plays differ, and where. Exit code 1: some do.
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { range } from "../campaigns/faults/random.ts";
import "./hook.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "100" },
    from: { type: "string" },
    out: { type: "string" },
    only: { type: "string" },
    sums: { type: "boolean", default: false },
    part: { type: "string" },
    revision: { type: "string", default: "fe995a1" },
    jobs: { type: "string" },
  },
});

const needed = (value: string | undefined, name: string): string => {
  if (value === undefined) throw new Error(`--${name} is needed`);
  return value;
};

/** The same command in several processes, each with its part. */
async function side(jobs: number): Promise<number> {
  const argv = [...process.execArgv, ...process.argv.slice(1)];
  const codes = range(jobs).map(
    (nth) =>
      new Promise<number>((resolve) =>
        spawn(process.execPath, [...argv, "--part", `${nth}/${jobs}`], { stdio: "inherit" }).on("close", (code) =>
          resolve(code ?? 1),
        ),
      ),
  );
  return Math.max(...(await Promise.all(codes)));
}

const [command, ...rest] = positionals;
switch (command) {
  case "gather": {
    const { gather } = await import("./gather.ts");
    const { seed, count, from = "1", out } = values;
    await gather({ seed: Number(seed), count: Number(count), from: Number(from), out: needed(out, "out") });
    process.exit();
    break;
  }
  case "play": {
    const { only, sums, part } = values;
    const jobs = Number(values.jobs ?? availableParallelism());
    if (part === undefined && jobs > 1) process.exitCode = await side(jobs);
    else {
      const { playAll } = await import("./play.ts");
      const [from, out] = [needed(values.from, "from"), needed(values.out, "out")];
      process.exitCode = await playAll({ from, out, only, sums, part });
    }
    break;
  }
  case "old": {
    const { recordOld } = await import("./old.ts");
    await recordOld(values.revision, needed(values.out, "out"));
    process.exit();
    break;
  }
  case "compare": {
    const { compare } = await import("./compare.ts");
    process.exitCode = compare(needed(rest[0], "first folder"), needed(rest[1], "second folder"));
    break;
  }
  default:
    console.error("record gather | play | compare: see test/recordings/index.ts");
    process.exitCode = 2;
}
