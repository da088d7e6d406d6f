#!/usr/bin/env node
/**
 * The `multiwan` command. Plain JavaScript that any Node loads, so that one that is too old for the TypeScript beside it
 * gets a sentence instead of `Unknown file extension ".ts"`.
 */
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `multiwan needs Node 22.18 or newer, and this is Node ${process.versions.node}: run it as \`npx multiwan\` does, or put a newer node first on PATH.`,
  );
  process.exitCode = 2;
} else {
  import("../compile-cache.ts")
    .then(({ keepCompiled }) => keepCompiled())
    .then(() => import("./main.ts"))
    .then(({ main }) => main(process.argv.slice(2)));
}
