/** What Node has compiled of the provider is kept in a folder of the user's own. */
import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const runtime = join(import.meta.dirname, "../../provider/runtime.ts");
const PROGRAM = `console.log(Object.keys(require(${JSON.stringify(runtime)})).length);
  process.kill(process.pid, "SIGKILL")`;

/** Loads the provider as its process does, which is then killed. */
function load(env: NodeJS.ProcessEnv): string {
  const { NODE_COMPILE_CACHE: _, ...rest } = process.env;
  const argv = ["--disable-warning=ExperimentalWarning", "-e", PROGRAM];
  try {
    return execFileSync(process.execPath, argv, {
      env: { ...rest, ...env },
      encoding: "utf8",
      stdio: "pipe",
      timeout: 60_000,
    });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

test("it is written down before the process ends, where nobody else can write", () => {
  const home = mkdtempSync(join(tmpdir(), "multiwan-cache-"));
  try {
    expect(load({ XDG_CACHE_HOME: home })).toBe("8\n");
    const folder = join(home, "pulumi-multiwan");
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(50);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

const asRoot = process.getuid?.() === 0 ? test : test.skip;

asRoot("a folder that is somebody else's is not used", () => {
  const home = mkdtempSync(join(tmpdir(), "multiwan-cache-"));
  try {
    mkdirSync(join(home, "pulumi-multiwan"));
    chownSync(join(home, "pulumi-multiwan"), 65534, 65534);
    expect(load({ XDG_CACHE_HOME: home })).toBe("8\n");
    expect(readdirSync(join(home, "pulumi-multiwan"))).toEqual([]);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

test.each(["/proc/none", "/dev/null/none", "/proc/none/none"])(
  "without such a folder, as %s, the provider works all the same",
  (none) => {
    expect(load({ XDG_CACHE_HOME: none })).toBe("8\n");
  },
);
