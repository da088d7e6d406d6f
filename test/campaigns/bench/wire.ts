/**
 * What a change costs a slow line and a slow shell: `node test/campaigns/bench/wire.ts`. Bytes that a session sends, and the time of
 * one processor in which the router's shells only parse what they get: frames, what they evaluate, apply.sh and two watchers.
 */
import { spawnSync } from "node:child_process";
import type { Body, Script } from "../../../provider/dialects/script.ts";
import { frameScript } from "../../../provider/ssh/frame.ts";
import { bytesSent, change, reading } from "../../guard/wire.ts";

const SHELLS = ["dash", "busybox sh"] as const;
const ROUNDS = 300;
const NONCE = "0123456789abcdef".repeat(2);

/** Milliseconds for all of them. */
function parsing(shell: string, texts: readonly string[]): number {
  const loop = `t=$(cat); i=0; while [ $i -lt ${ROUNDS} ]; do eval "f() {\n$t\n}"; i=$((i + 1)); done`;
  const timed = (input: string) => {
    const script = `TIMEFORMAT='%U %S'; time ${shell} -c '${loop}'`;
    const { stderr } = spawnSync("bash", ["-c", script], { input, encoding: "utf8" });
    return stderr
      .trim()
      .split(" ")
      .map(Number)
      .reduce((sum, seconds) => sum + seconds, 0);
  };
  const nothing = timed(":");
  return texts.map((text) => ((timed(text) - nothing) * 1000) / ROUNDS).reduce((sum, ms) => sum + ms, 0);
}

/** Every text that a shell of the router parses for one script; the watcher's twice, and undo.sh only where it is needed. */
function parsed({ text, bodies }: Script, unknown: readonly Body[]): string[] {
  const whole = (names: string) =>
    [...names.matchAll(/\$(mw_\w+)/g)]
      .map(([, name]) => bodies.find((body) => body.name === name)?.text ?? "")
      .join("\n");
  const evaluated = [...text.matchAll(/^eval "[^"]*"/gm)].map(([names]) => whole(names));
  const files = [...text.matchAll(/^.*>"\$T\/(apply|watch)\.sh"/gm)].flatMap(([names, file]) =>
    file === "watch" ? [whole(names), whole(names)] : [whole(names)],
  );
  return [frameScript({ text, bodies }, NONCE, unknown), text, ...evaluated, ...files];
}

const first: readonly Script[] = [reading, ...change];
const known = new Set<string>();
const sizes = await bytesSent([...first, ...first]);
const exchanges = [...first, ...first].map((script, i) => {
  const unknown = script.bodies.filter(({ name }) => !known.has(name));
  for (const { name } of script.bodies) known.add(name);
  return { bytes: sizes[i]!, texts: parsed(script, unknown) };
});
const rows = [
  ["a reading, which is a preview", exchanges.slice(0, 1)],
  ["the first change of two rules, with its readings", exchanges.slice(1, 3)],
  ["another reading", exchanges.slice(3, 4)],
  ["another change of two rules", exchanges.slice(4)],
] as const;
console.log(`| | bytes | ${SHELLS.join(" | ")} |\n|${" --- |".repeat(2 + SHELLS.length)}`);
for (const [what, those] of rows) {
  const bytes = those.reduce((sum, exchange) => sum + exchange.bytes, 0);
  const times = SHELLS.map(
    (shell) =>
      `${parsing(
        shell,
        those.flatMap(({ texts }) => texts),
      ).toFixed(1)} ms`,
  );
  console.log(`| ${what} | ${bytes.toLocaleString("en")} | ${times.join(" | ")} |`);
}
