/** pulumi-multiwan, with the CLI from PATH or the stand-in of the tests. */
import { drive, hasPulumi } from "../../../drive/index.ts";
import { siteOf } from "../site.ts";
import type { Way } from "../way.ts";

export function product(engine: "pulumi" | "stand-in", preview: boolean): Way {
  const command = preview ? "pulumi-multiwan" : "pulumi-multiwan --skip-preview";
  return {
    name: engine === "pulumi" ? command : `${command} (stand-in engine)`,
    obstacle: () => (engine === "pulumi" && !hasPulumi() ? "no pulumi on PATH" : undefined),
    start: async (lab, { host, port }) => {
      const stack = drive(lab, { engine });
      stack.router = { ...stack.router, host, port };
      const skip = preview ? [] : ["--skip-preview"];
      return {
        do: async (job) => {
          stack.site = siteOf(job);
          const ran = job === "away" ? await stack.destroy(...skip) : await stack.up(...skip);
          if (ran.code !== 0) throw new Error(ran.text);
        },
        [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
      };
    },
  };
}
