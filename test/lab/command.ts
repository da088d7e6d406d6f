import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Runs a program to its end, whatever its exit code. */
export const capture = (argv: readonly string[], options: RunOptions = {}): Promise<Output> =>
  new Promise((resolve, reject) => {
    const child = spawn(argv[0]!, argv.slice(1), spawnOptions(options, ["pipe", "pipe", "pipe"]));
    const text = { stdout: "", stderr: "" };
    child.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
      text.stdout += chunk;
    });
    child.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
      text.stderr += chunk;
    });
    // A program that ends before it has read its input is judged by its exit code, not by the broken pipe.
    child.stdin!.on("error", () => undefined).end(options.input ?? "");
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code: code ?? (signal ? 128 : 1), ...text }));
  });

/** Runs a program and answers its standard output; any exit code but 0 is an error that shows what it said. */
export const run = async (argv: readonly string[], options: RunOptions = {}): Promise<string> => {
  const { code, stdout, stderr } = await capture(argv, options);
  if (code === 0) return stdout;
  throw new Error(
    [`Command failed with exit code ${code}: ${argv.join(" ")}`, stderr.trim(), stdout.trim()]
      .filter(Boolean)
      .join("\n"),
  );
};

export const start = (
  argv: readonly string[],
  options: RunOptions & { readonly stdio?: SpawnOptions["stdio"] } = {},
): ChildProcess => spawn(argv[0]!, argv.slice(1), spawnOptions(options, options.stdio ?? "pipe"));

/** Bind mounts would work too, but nsenter neither remounts /sys nor needs a second process. */
export const inNet = (namespace: string): string[] => ["nsenter", `--net=/run/netns/${namespace}`];

const spawnOptions = (options: RunOptions, stdio: SpawnOptions["stdio"]): SpawnOptions => ({
  stdio,
  env: { ...process.env, LC_ALL: "C", ...options.env },
  ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
});
