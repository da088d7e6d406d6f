/** A network namespace of this test's own, for commands that change the network for real. */

import { execFileSync, spawnSync } from "node:child_process";
import { describe } from "@jest/globals";

/** Why nothing can be tried for real here; undefined where it can. */
export const cannot: string | undefined = whyNot();

/** Where there are no namespaces these tests are skipped, and their title says why. */
export const real = cannot ? describe.skip : describe;
export const orWhyNot = cannot ? ` (${cannot})` : "";

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return "not root";
  const missing = ["ip", "unshare", "iptables-legacy-restore", "iptables-nft-restore"].filter(
    (tool) => spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0,
  );
  return missing.length > 0 ? `no ${missing.join(", ")}` : undefined;
}

export interface Namespace extends Disposable {
  /** Runs a command with a text on its standard input; fails with what it said. */
  run(command: readonly string[], input?: string): string;
}

export function newNamespace(purpose: string): Namespace {
  const name = `plan-test-${process.pid}-${purpose}`;
  execFileSync("ip", ["netns", "add", name]);
  return {
    run: (command, input = "") => {
      const { status, signal, error, stdout, stderr } = spawnSync("ip", ["netns", "exec", name, ...command], {
        input,
        encoding: "utf8",
      });
      if (status !== 0)
        throw new Error(`${command.join(" ")}: exit code ${status} ${signal ?? error ?? ""}\n${stderr}\n${input}`);
      return stdout;
    },
    [Symbol.dispose]: () => execFileSync("ip", ["netns", "del", name]),
  };
}
