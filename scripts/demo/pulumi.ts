import { stripVTControlCharacters } from "node:util";
import type { Drive, Engine, Ran } from "../../test/drive/index.ts";
import { colours, command, dim } from "./screen.ts";

export type Verb = "preview" | "up" | "destroy";

/** Runs a command of Pulumi and shows how its user types it. */
export type Pulumi = (verb: Verb, ...args: string[]) => Promise<Ran>;

export function pulumiOf(drive: Drive, engine: Engine): Pulumi {
  const paint = engine === "pulumi" && colours ? ["--color", "always"] : [];
  return async (verb, ...args) => {
    const yes = verb === "preview" ? [] : ["--yes"];
    command(["pulumi", verb, ...yes, ...args].join(" "));
    const begun = performance.now();
    const ran = await drive[verb](...args, ...paint);
    console.log(dim(`(exit code ${ran.code}, ${((performance.now() - begun) / 1000).toFixed(1)} s)`));
    return { ...ran, text: stripVTControlCharacters(ran.text) };
  };
}
