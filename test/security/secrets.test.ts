/** Passwords, keys and passphrases are planted, and looked for wherever a run leaves something. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Drive, drive, type Ran } from "../drive/index.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { direct } from "../rows/direct.ts";

const PASSWORD = "canary-pass-Zq7'\"$x";
const WRONG = "canary-wrong-Zq8";
const PASSPHRASE = "canary-phrase-Zq9";
/** The whole setting, as `pulumi config set --secret --path multiwan:router.password` makes it. */
const SECRET = ["--secret", "multiwan:router"];
/** As it would stand in JSON, in a shell, or as it is: this part is the same in all of them. */
const core = (secret: string) => secret.slice(0, 14);

describe("a secret of multiwan:router", () => {
  let lab: Lab;
  let stack: Drive;
  let home: string;
  let folder: string;
  let key: string;
  /** Strings of which none may appear anywhere. */
  let planted: string[];
  const seen: string[] = [];
  beforeAll(async () => {
    lab = await startLab({ sshdConfig: ["PermitRootLogin yes", "PasswordAuthentication yes"] });
    await lab.router.exec("chpasswd", `root:${PASSWORD}\n`);
    folder = mkdtempSync(join(tmpdir(), "multiwan-secrets-"));
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", PASSPHRASE, "-f", join(folder, "key")]);
    key = readFileSync(join(folder, "key"), "utf8");
    await lab.router.exec("cat >>/root/.ssh/authorized_keys", readFileSync(join(folder, "key.pub"), "utf8"));
    planted = [core(PASSWORD), core(WRONG), core(PASSPHRASE), ...key.split("\n").slice(2, -2)];
    expect(planted.length).toBeGreaterThan(5);
    const homes = () => readdirSync(tmpdir()).filter((name) => name.startsWith("multiwan-drive-"));
    const others = homes();
    stack = drive(lab);
    home = join(tmpdir(), homes().find((name) => !others.includes(name))!);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await stack?.[Symbol.asyncDispose]();
    await lab?.stop();
  });

  /** Runs a command with these settings besides host and host key, and watches the processes meanwhile. */
  const run = async (settings: object, command: () => Promise<Ran>): Promise<Ran> => {
    const { host, port, hostKey } = lab.router.ssh;
    stack.router = { host, port, hostKey, ...settings };
    const others = new Set(processes());
    const watch = setInterval(() => {
      const started = processes().filter((pid) => !others.has(pid));
      seen.push(...processesWith(planted, started), ...environmentsWith(planted, lab.router.enter[2]!, started));
    }, 25);
    try {
      const ran = await command();
      expect(within(ran.text, planted)).toEqual([]);
      return ran;
    } finally {
      clearInterval(watch);
    }
  };
  const files = async () => {
    const inRoot = texts(lab.router.changes).filter(([, text]) => within(text, planted).length > 0);
    const volatile = "grep -rlaF -e canary-pass -e canary-wrong -e canary-phrase /run /tmp /dev/shm 2>/dev/null || :";
    return [...inRoot.map(([name]) => name), ...(await lab.router.exec(volatile)).split("\n").filter(Boolean)];
  };

  test("is in no output, state, file of the router or list of processes of a run that goes well", async () => {
    const up = await run({ password: PASSWORD }, () => stack.up("--skip-preview", ...SECRET));
    expect(up.text).toContain("created");
    expect(up.code).toBe(0);
    await lab.router.exec("ip rule del pref 1024");
    const keyed = { privateKey: key, privateKeyPassword: PASSPHRASE };
    expect((await run(keyed, () => stack.up("--diff", ...SECRET))).text).toContain("drift");
    const state = texts(home);
    expect(state.map(([name]) => name)).toContain("state.json");
    expect(state.filter(([, text]) => within(text, planted).length > 0).map(([name]) => name)).toEqual([]);
    expect(await files()).toEqual([]);
  });

  test.each<[string, () => object, RegExp]>([
    ["with a wrong password", () => ({ password: WRONG }), /logging in as "root": refused/],
    ["with a router out of reach", () => ({ password: PASSWORD, port: 9 }), /192\.168\.99\.1:9/],
  ])("nor of one that fails %s", async (_name, settings, message) => {
    const ran = await run(settings(), () => stack.preview());
    expect(ran.text).toMatch(message);
    expect(ran.code).not.toBe(0);
  });

  test.each<[string, () => object, RegExp]>([
    ["a passphrase", () => ({ privateKey: key, privateKeyPassword: WRONG }), /the passphrase is not the right one/],
    ["a key", () => ({ privateKey: `${core(PASSWORD)}\n${key.slice(60, 300)}` }), /not a private key/],
    ["two keys", () => ({ privateKey: key, privateKeyFile: PASSWORD }), /must not be given together/],
    ["a place", () => ({ host: `root:${PASSWORD}@r`, user: `-${PASSWORD}`, port: WRONG }), /must be a host name/],
    ["the text", () => ({ password: { value: PASSWORD }, passwort: PASSWORD }), /password must be text/],
  ])("nor of an error about %s that is wrong", async (_name, settings, message) => {
    await using fast = await direct(lab);
    const { privateKeyFile: _, ...others } = fast.router;
    fast.router = { ...others, ...settings() };
    // Settings that cannot be read leave the run without a router to ask.
    const text = await fast.preview().then(
      (ran) => ran.text,
      (error: Error) => error.message,
    );
    expect(within(text, planted)).toEqual([]);
    expect(text).toMatch(message);
  });

  test("nor after a destroy, and no process was ever started with it", async () => {
    expect((await run({ password: PASSWORD }, () => stack.destroy(...SECRET))).code).toBe(0);
    expect(texts(home).filter(([, text]) => within(text, planted).length > 0)).toEqual([]);
    expect(await files()).toEqual([]);
    expect([...new Set(seen)]).toEqual([]);
    // The look at the processes sees what it should: a process that does have it.
    const child = lab.inNamespace("operator", ["sh", "-c", "sleep 5", WRONG]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(processesWith(planted).length).toBeGreaterThan(0);
    child.kill("SIGKILL");
    const router = lab.inNamespace("router", ["env", `X=${WRONG}`, "sleep", "5"]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(environmentsWith(planted, lab.router.enter[2]!).length).toBeGreaterThan(0);
    router.kill("SIGKILL");
  });
});

const within = (text: string, secrets: readonly string[]) => secrets.filter((secret) => text.includes(secret));

/** Those that run before a command is started are none of its. */
const processes = () => readdirSync("/proc").filter((name) => /^\d+$/.test(name));

/** Command lines with a secret, but those that hand the settings to the stand-in engine: a real CLI reads them from a file. */
function processesWith(secrets: readonly string[], among = processes()): string[] {
  const lines = among.flatMap((pid) => {
    try {
      return [readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")];
    } catch {
      return [];
    }
  });
  return lines.filter((line) => !line.includes("test/engine/cli.ts") && within(line, secrets).length > 0);
}

/** Environments of the router's processes with a secret: those in the process namespace of its first one. */
function environmentsWith(secrets: readonly string[], first: string, among = processes()): string[] {
  const own = readlinkSync(`/proc/${first}/ns/pid`);
  return among.flatMap((pid) => {
    try {
      if (readlinkSync(`/proc/${pid}/ns/pid`) !== own) return [];
      const environment = readFileSync(`/proc/${pid}/environ`, "utf8").replaceAll("\0", " ");
      return within(environment, secrets).length > 0 ? [environment] : [];
    } catch {
      return [];
    }
  });
}

/** All files below a folder with their text. */
function texts(base: string): [string, string][] {
  return readdirSync(base, { recursive: true, withFileTypes: true }).flatMap((entry): [string, string][] => {
    if (!entry.isFile()) return [];
    const path = join(entry.parentPath, entry.name);
    return [[path.slice(base.length + 1), readFileSync(path, "latin1")]];
  });
}
