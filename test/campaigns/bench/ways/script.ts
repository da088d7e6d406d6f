/** By hand: one text file of commands, each behind a look whether it is there, sent through one ssh. */
import { commands } from "../shell.ts";
import { type Job, things } from "../site.ts";
import type { Way } from "../way.ts";

export const script: Way = {
  name: "script over ssh",
  obstacle: () => undefined,
  start: async (lab, { host, port }) => {
    const { keyFile } = lab.router.ssh;
    const options = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"];
    const ssh = ["ssh", "-F", "none", "-i", keyFile, "-p", String(port), ...options.flatMap((one) => ["-o", one])];
    return {
      do: async (job) => {
        const { code, stderr } = await lab.run("operator", [...ssh, `root@${host}`, "sh"], { input: text(job) });
        if (code !== 0) throw new Error(stderr);
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
  },
};

function text(job: Job): string {
  const all = things(job).map(commands);
  if (job === "away")
    return all
      .reverse()
      .map(({ take }) => take)
      .join("\n");
  return ["set -e", ...all.map(({ look, put }) => `${look} || ${put}`)].join("\n");
}
