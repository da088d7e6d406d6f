/** The Pulumi CLI, where it is on PATH: it knows which stack is selected, and it alone can decrypt secrets. */
import { spawnSync } from "node:child_process";

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `pulumi` in the project's folder. undefined: it is not on PATH. */
export type Pulumi = (args: readonly string[], cwd: string) => Answer | undefined;

/** A passphrase may be asked for, if there is somebody to ask. */
export const pulumi: Pulumi = (args, cwd) => {
  const asks = process.stdin.isTTY === true && process.stderr.isTTY === true;
  const { error, status, stdout, stderr } = spawnSync("pulumi", [...args, ...(asks ? [] : ["--non-interactive"])], {
    cwd,
    encoding: "utf8",
    stdio: [asks ? "inherit" : "ignore", "pipe", asks ? "inherit" : "pipe"],
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "1" },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) return undefined;
  return { code: status ?? -1, stdout, stderr: stderr ?? "" };
};
