/** A user at work: `preview`, `up`, `destroy` of a stack against a lab's router, run on the operator's host. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import yaml from "js-yaml";
import type { Lab } from "../lab/index.ts";

export type Engine = "pulumi" | "stand-in";

export interface Ran {
  readonly code: number;
  /** Both streams. */
  readonly text: string;
}

export type Site = Record<string, unknown>;

export interface Drive extends AsyncDisposable {
  /** The site as in Pulumi.lab.yaml; change it, and the next command sees it. */
  site: Site;
  /** Connection settings; change them likewise. */
  router: Record<string, unknown>;
  /** The stack's name; change it after `stack rename`. */
  stack: string;
  preview(...args: string[]): Promise<Ran>;
  up(...args: string[]): Promise<Ran>;
  refresh(...args: string[]): Promise<Ran>;
  destroy(...args: string[]): Promise<Ran>;
  /** Takes away the lock of a real CLI that was killed. */
  cancel(): Promise<Ran>;
  /** Any other command of the real CLI, such as `state delete URN`, with its own arguments only. */
  cli(...argv: string[]): Promise<Ran>;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

export function labSite(): Site {
  const file = yaml.load(readFileSync(join(root, "Pulumi.lab.yaml"), "utf8")) as { config: Record<string, Site> };
  return file.config["multiwan:site"]!;
}

/** Is the real CLI on PATH? */
export function hasPulumi(): boolean {
  return spawnSync("pulumi", ["version"], { stdio: "ignore" }).status === 0;
}

/** Is the real plugin of the Command provider on PATH? */
export function hasCommandPlugin(): boolean {
  return spawnSync("sh", ["-c", "command -v pulumi-resource-command"]).status === 0;
}

/** The CLI's environment with all that it keeps below `home`, and nothing fetched. */
export const settings = (home: string): NodeJS.ProcessEnv => ({
  PULUMI_BACKEND_URL: `file://${home}`,
  PULUMI_HOME: join(home, "home"),
  PULUMI_CONFIG_PASSPHRASE: "lab",
  PULUMI_SKIP_UPDATE_CHECK: "1",
  PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  NO_COLOR: "1",
});

export interface DriveOptions {
  readonly engine?: Engine;
  /** The project folder; the repository itself by default. */
  readonly project?: string;
  readonly stack?: string;
  /** Everything a command prints, as it comes. */
  readonly print?: (text: string) => void;
  /** How to call the CLI; `pulumi` by default. */
  readonly pulumi?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export function drive(lab: Lab, options: DriveOptions = {}): Drive {
  const { engine = "stand-in", project = root, print } = options;
  const home = mkdtempSync(join(tmpdir(), "multiwan-drive-"));
  const cli = options.pulumi ?? ["pulumi"];
  const { ssh } = lab.router;
  const env = { ...settings(home), ...options.env };
  // The CLI writes into the stack file: it gets a project folder of its own.
  const folder = engine === "pulumi" ? join(home, "project") : project;
  let ready = false;

  const run = async (argv: readonly string[], cwd = folder): Promise<Ran> => {
    const child = lab.inNamespace("operator", argv, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const chunks: string[] = [];
    const take = (stream: NodeJS.ReadableStream | null) => {
      stream?.setEncoding("utf8");
      stream?.on("data", (chunk: string) => {
        chunks.push(chunk);
        print?.(chunk);
      });
    };
    take(child.stdout);
    take(child.stderr);
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (value) => resolve(value ?? -1));
    });
    return { code, text: chunks.join("") };
  };

  const command = async (verb: string, args: readonly string[]): Promise<Ran> => {
    const config = { "multiwan:site": self.site, "multiwan:router": self.router };
    if (engine === "stand-in") {
      const pairs = Object.entries(config).flatMap(([key, value]) => ["-c", `${key}=${JSON.stringify(value)}`]);
      const standIn = join(root, "test/engine/cli.ts");
      const state = ["--stack", self.stack, "--cwd", project, "--state", join(home, "state.json")];
      return run([process.execPath, standIn, verb, ...state, ...pairs, ...args]);
    }
    await prepare(config);
    return run([...cli, verb, "--stack", self.stack, "--non-interactive", ...args]);
  };

  /** The real CLI's own project folder, with the stack file of now. */
  const prepare = async (config: object) => {
    if (!ready) {
      mkdirSync(folder, { recursive: true });
      for (const part of ["Pulumi.yaml", "package.json", "provider", "stacks", "index.ts"].filter((name) =>
        existsSync(join(project, name)),
      ))
        cpSync(join(project, part), join(folder, part), { recursive: true });
      symlinkSync(join(project, "node_modules"), join(folder, "node_modules"));
      const made = await run([...cli, "stack", "init", self.stack, "--non-interactive"]);
      if (made.code !== 0) throw new Error(made.text);
      ready = true;
    }
    const stackFile = join(folder, `Pulumi.${self.stack}.yaml`);
    // The salt of the passphrase, which the CLI has put there, stays.
    const kept = yaml.load(readFileSync(stackFile, "utf8")) as object;
    // JSON is YAML.
    writeFileSync(stackFile, JSON.stringify({ ...kept, config }));
  };

  const self: Drive = {
    stack: options.stack ?? "lab",
    site: labSite(),
    router: { host: ssh.host, port: ssh.port, privateKeyFile: ssh.keyFile, hostKey: ssh.hostKey },
    preview: (...args) => command("preview", args),
    up: (...args) => command("up", ["--yes", ...args]),
    refresh: (...args) => command("refresh", ["--yes", ...args]),
    destroy: (...args) => command("destroy", ["--yes", ...args]),
    cancel: () => command("cancel", ["--yes"]),
    cli: async (...argv) => {
      await prepare({ "multiwan:site": self.site, "multiwan:router": self.router });
      return run([...cli, ...argv]);
    },
    [Symbol.asyncDispose]: async () => rmSync(home, { recursive: true, force: true }),
  };
  return self;
}
