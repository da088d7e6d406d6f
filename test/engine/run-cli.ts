/** The command as a process of its own, for instance inside a network namespace. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Present after `--json`. */
  readonly json: unknown;
}

export interface CliOptions {
  /** For example `["ip", "netns", "exec", "router"]`. */
  readonly prefix?: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Asked every 50 ms; true ends the command with SIGKILL, as a crash would. */
  readonly killWhen?: () => boolean;
}

export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const cli = fileURLToPath(new URL("./cli.ts", import.meta.url));
  const argv = [...(options.prefix ?? []), process.execPath, cli, ...args];
  const child = spawn(argv[0]!, argv.slice(1), {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const code = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (value) => resolve(value ?? -1));
  });
  const timer = setInterval(() => options.killWhen?.() && child.kill("SIGKILL"), 50);
  void code.finally(() => clearInterval(timer)).catch(() => undefined);
  const [stdout, stderr, exit] = await Promise.all([text(child.stdout), text(child.stderr), code]);
  return {
    code: exit,
    stdout,
    stderr,
    json: args.includes("--json") && stdout.startsWith("{") ? JSON.parse(stdout) : undefined,
  };
}
