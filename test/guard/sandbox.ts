/** Scripts of the guard, run for real in namespaces of their own: network, mounts and processes, gone with the test. */
import { execFile, execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { asScript, type Script, standalone } from "../../provider/dialects/script.ts";
import { orWhyNot, real } from "../plan/namespace.ts";
import { variants } from "../variants.ts";

export const SHELLS = ["dash", "busybox", "bash", "mksh"] as const;
export type Shell = (typeof SHELLS)[number];

/** The same with each shell that a router may have; `npm test` plays one of them. */
export function inShells(usual: Shell, play: (shell: Shell) => void): void {
  real.each(variants(SHELLS, usual))(`with %s as the router's shell${orWhyNot}`, play);
}

/** A script of the guard, or one of the test. */
export type Text = Script | string;

export interface Sandbox extends Disposable {
  readonly dir: string;
  /** Where the provider's own files go. */
  readonly stateDir: string;
  readonly read: (path: string) => string | undefined;
  readonly write: (path: string, text: string) => void;
  /** Runs scripts one after another, each in a shell of its own that is also the router's /bin/sh; what they print. */
  readonly run: (shell: Shell, ...scripts: readonly Text[]) => string;
  /** The same, while others run as well: for scripts that mostly wait. */
  readonly runAsync: (shell: Shell, ...scripts: readonly Text[]) => Promise<string>;
}

const execFileAsync = promisify(execFile);
/** A script that waits for ever ends here, and what it has started with it; a failure shows what it said. */
const LIMITED = { encoding: "utf8", timeout: 50_000, killSignal: "SIGKILL" } as const;

/** `etc` stands in for /etc/iproute2, so that this machine's own files are never seen. */
export function newSandbox(): Sandbox {
  const dir = mkdtempSync(join(tmpdir(), "plan-test-"));
  const at = (path: string) => join(dir, path);
  for (const name of ["etc", "run"]) mkdirSync(at(name));
  chmodSync(dir, 0o755);
  const read = (path: string) => {
    try {
      return readFileSync(at(path), "utf8");
    } catch {
      return undefined;
    }
  };
  /** Arguments of unshare. */
  const isolated = (shell: Shell, scripts: readonly Text[]) => {
    scripts.forEach((script, i) => {
      writeFileSync(at(`script.${i}`), `${standalone(asScript(script))}\n`);
    });
    const main = [
      "mkdir -p /etc/iproute2",
      `mount --bind ${at("etc")} /etc/iproute2`,
      `mount --bind "$(command -v ${shell})" "$(readlink -f /bin/sh)"`,
      "ip link set lo up",
      ...scripts.map((_, i) => `sh ${at(`script.${i}`)}`),
    ].join("\n");
    return ["--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "bash", "-ec", main];
  };
  return {
    ...{ dir, stateDir: at("run/multiwan"), read },
    write: (path, text) => writeFileSync(at(path), text),
    run: (shell, ...scripts) => execFileSync("unshare", isolated(shell, scripts), { ...LIMITED, stdio: "pipe" }),
    runAsync: async (shell, ...scripts) => (await execFileAsync("unshare", isolated(shell, scripts), LIMITED)).stdout,
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** Names of all files below a folder. */
export function filesIn(sandbox: Sandbox, path: string): string[] {
  try {
    return readdirSync(join(sandbox.dir, path), { recursive: true }).map(String).sort();
  } catch {
    return [];
  }
}
