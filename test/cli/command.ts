/** The `multiwan` command as an operator types it: a process of its own, on the operator's host, in a Pulumi project. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { labSite } from "../drive/index.ts";
import type { Lab } from "../lab/index.ts";

export const BIN = fileURLToPath(new URL("../../provider/cli/bin.js", import.meta.url));

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Operator extends Disposable {
  readonly dir: string;
  /** What Pulumi.lab.yaml holds. */
  write(config: Record<string, unknown>, more?: Record<string, unknown>): void;
  /** Connection settings of the lab's router. */
  readonly router: Record<string, unknown>;
  multiwan(...argv: string[]): Promise<Ended>;
  /** With --json; throws with what was said when that is no JSON. */
  json<T>(...argv: string[]): Promise<T & { exitCode: number }>;
  env: Record<string, string | undefined>;
}

export function operatorOf(lab: Lab): Operator {
  const dir = mkdtempSync(join(tmpdir(), "multiwan-cli-"));
  const home = join(dir, "home");
  mkdirSync(home);
  const { host, port, keyFile, hostKey } = lab.router.ssh;
  const router = { host, port, privateKeyFile: keyFile, hostKey };
  const self: Operator = {
    dir,
    router,
    env: { HOME: home, NO_COLOR: undefined, FORCE_COLOR: undefined, SSH_AUTH_SOCK: undefined, PULUMI_STACK: undefined },
    write(config, more = {}) {
      writeFileSync(join(dir, "Pulumi.yaml"), JSON.stringify({ name: "multiwan", runtime: "nodejs" }));
      writeFileSync(join(dir, "Pulumi.lab.yaml"), JSON.stringify({ ...more, config }));
    },
    async multiwan(...argv) {
      return lab.run("operator", [process.execPath, BIN, ...argv], { cwd: dir, env: { ...process.env, ...self.env } });
    },
    async json<T>(...argv: string[]) {
      const { code, stdout, stderr } = await self.multiwan(...argv, "--json");
      try {
        return { ...(JSON.parse(stdout) as T), exitCode: code };
      } catch {
        throw new Error(`exit code ${code}\n${stderr}${stdout}`);
      }
    },
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
  self.write({ "multiwan:router": router, "multiwan:site": labSite() });
  return self;
}
