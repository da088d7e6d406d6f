/**
 * `npm run embed`: writes provider/guard/sh/*.sh into one module, so that neither the sources nor the package read a file when they
 * run. What a router gets is the text without comments, empty lines and indentation, which a slow line and a slow shell need not see.
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const guard = join(import.meta.dirname, "../provider/guard");
/** The module that holds them. */
export const MODULE = join(guard, "sh.generated.ts");

/** Path of each file, by the name that it has in the module: `end-log.sh` is `endLog`. */
export function shellFiles(): ReadonlyMap<string, string> {
  const paths = globSync(join(guard, "sh/*.sh")).sort();
  return new Map(
    paths.map((path) => [basename(path, ".sh").replace(/-(\w)/g, (_, letter) => letter.toUpperCase()), path]),
  );
}

/** No line of these files begins with # or a blank where that is a part of a text: test/guard/embed.test.ts asks a shell. */
export function asSent(source: string): string {
  const lines = source.split("\n").map((line) => line.replace(/^[ \t]+/, ""));
  return lines.filter((line) => line !== "" && !line.startsWith("#")).join("\n");
}

/** Text of the module. */
export function embedded(): string {
  const literal = (text: string) => `\`${text.replace(/[\\`]|\$\{/g, "\\$&")}\``;
  const constants = [...shellFiles()].map(
    ([name, path]) => `export const ${name}: string = ${literal(asSent(readFileSync(path, "utf8")))};\n`,
  );
  return ["// Made of sh/*.sh by `npm run embed`: change those.\n", ...constants].join("\n");
}

if (process.argv[1] === import.meta.filename) writeFileSync(MODULE, embedded());
