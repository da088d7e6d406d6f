import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseRouterSettings, type RouterSettings } from "../../provider/ssh/settings.ts";

/** A real sshd of its own on 127.0.0.1, as root, with keys made for it. */
export interface TestSshd {
  readonly dir: string;
  readonly port: number;
  /** The user's private key, which the server takes. */
  readonly key: string;
  /** The public host keys, as lines. */
  readonly hostKeys: readonly string[];
  readonly log: () => string;
  /** Settings that reach it, with changes. */
  readonly settings: (changes?: Record<string, unknown>) => RouterSettings;
  readonly stop: () => void;
}

/** Settings from an object that has no issues. */
export function settingsOf(value: Record<string, unknown>): RouterSettings {
  const parsed = parseRouterSettings(value);
  if ("issues" in parsed) throw new Error(JSON.stringify(parsed.issues));
  return parsed.settings;
}

export function makeKey(path: string, type: string, passphrase = ""): string {
  execFileSync("ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-C", "test", "-f", path]);
  return path;
}

export async function startSshd(extra: string[] = [], types: string[] = ["ed25519"]): Promise<TestSshd> {
  const dir = mkdtempSync(join(tmpdir(), "multiwan-sshd-"));
  // sshd reads the keys as the user who logs in.
  chmodSync(dir, 0o711);
  const port = await freePort();
  const key = makeKey(join(dir, "user"), "ed25519");
  const hostFiles = types.map((type) => makeKey(join(dir, `host_${type}`), type));
  const config = [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    ...hostFiles.map((file) => `HostKey ${file}`),
    `AuthorizedKeysFile ${key}.pub`,
    "StrictModes no",
    "UsePAM no",
    "PidFile none",
    "LogLevel VERBOSE",
    ...extra,
    // Below level 2 bash takes itself for a login by rsh and reads the .bashrc of this machine. The first SetEnv counts.
    "SetEnv SHLVL=5",
  ];
  writeFileSync(join(dir, "config"), `${config.join("\n")}\n`);
  mkdirSync("/run/sshd", { recursive: true });
  const child = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", join(dir, "config")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr!.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  await listening(child, () => log);
  const hostKeys = hostFiles.map((file) => readFileSync(`${file}.pub`, "utf8").trim());
  return {
    dir,
    port,
    key,
    hostKeys,
    log: () => log,
    settings: (changes = {}) =>
      settingsOf({ host: "127.0.0.1", port, privateKeyFile: key, hostKey: hostKeys[0], ...changes }),
    stop: () => {
      child.kill("SIGKILL");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(child: ChildProcess, log: () => string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (log().includes("Server listening")) return;
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`sshd does not listen: ${log()}`);
}
