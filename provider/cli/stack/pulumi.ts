/** The Pulumi CLI, where it is on PATH: it knows which stack is selected, and it alone can decrypt secrets. */
import { spawnSync } from "node:child_process";

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a command's own output goes while it runs; "kept" is in the answer. */
export type Output = "kept" | "stdout" | "stderr";

/** Runs `pulumi` in the project's folder. undefined: it is not on PATH. */
export type Pulumi = (args: readonly string[], cwd: string, output?: Output) => Answer | undefined;

/** A passphrase may be asked for, if there is somebody to ask and nobody is asked to confirm a change. */
export const pulumi: Pulumi = (args, cwd, output = "kept") => {
  const asks = output === "kept" && process.stdin.isTTY === true && process.stderr.isTTY === true;
  const out = output === "kept" ? "pipe" : output === "stdout" ? "inherit" : process.stderr.fd;
  const err = asks || output !== "kept" ? "inherit" : "pipe";
  const { error, status, stdout, stderr } = spawnSync("pulumi", [...args, ...(asks ? [] : ["--non-interactive"])], {
    cwd,
    encoding: "utf8",
    stdio: [asks ? "inherit" : "ignore", out, err],
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "1" },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) return undefined;
  return { code: status ?? -1, stdout: stdout ?? "", stderr: stderr ?? "" };
};
