/** `multiwan review` as a shell calls it. */
import { fileURLToPath } from "node:url";
import { multiwan } from "../../provider/cli/program.ts";
import type { Pulumi } from "../../provider/cli/stack/pulumi.ts";
import { RECORDED } from "./comments.ts";

/** A recorded preview. */
export const file = (name: string) => fileURLToPath(new URL(`${name}.json`, RECORDED));

export async function review(
  argv: readonly string[],
  { env = {}, pulumi }: { env?: Record<string, string>; pulumi?: Pulumi } = {},
) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await multiwan(["review", ...argv], {
    out: { write: (text) => out.push(text) },
    err: { write: (text) => err.push(text) },
    env,
    stop: new AbortController().signal,
    pulumi: pulumi ?? (() => undefined),
  });
  return { code, out: out.join(""), err: err.join("") };
}
