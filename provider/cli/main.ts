/** The process: streams, signals, exit code. */
import { multiwan } from "./program.ts";

export async function main(argv: readonly string[]): Promise<void> {
  const stopping = new AbortController();
  // Ctrl-C once: tidy up. Twice: now.
  const onSignal = () => {
    if (stopping.signal.aborted) process.exit(130);
    stopping.abort();
  };
  // `multiwan show | head` is nothing to complain about.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  process.exitCode = await multiwan(argv, {
    out: process.stdout,
    err: process.stderr,
    env: process.env,
    get stop() {
      process.on("SIGINT", onSignal).on("SIGTERM", onSignal).on("SIGHUP", onSignal);
      return stopping.signal;
    },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, onSignal);
}
