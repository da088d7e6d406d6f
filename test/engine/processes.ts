/** Starting and stopping the real processes: the program, the dynamic provider, and plugins of other packages. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import type { ProjectInfo, StackConfig } from "./project.ts";
import { nodejsProvider } from "./urn.ts";

export type Spawn = (argv: readonly string[], options: SpawnOptions) => ChildProcess;

export const directSpawn: Spawn = (argv, options) => spawn(argv[0]!, argv.slice(1), options);

export interface Launch {
  readonly project: ProjectInfo;
  readonly config: StackConfig;
  readonly stack: string;
  readonly env: NodeJS.ProcessEnv;
  readonly spawn: Spawn;
  readonly dryRun: boolean;
  readonly parallel: number;
  /** Address of the engine's own server. */
  readonly address: string;
  readonly onLine: (source: "program" | "provider", line: string) => void;
}

const sdkFile = (directory: string, path: string) => createRequire(`${directory}/`).resolve(path);

function lines(launch: Launch, source: "program" | "provider", child: ChildProcess): Promise<void> {
  const read = async (stream: NodeJS.ReadableStream | null) => {
    if (!stream) return;
    for await (const line of createInterface({ input: stream })) launch.onLine(source, line);
  };
  return Promise.all([read(child.stdout), read(child.stderr)]).then(() => undefined);
}

export interface Program {
  /** Exit code once the process has ended and its output is read. */
  readonly exited: Promise<number>;
  kill(): void;
}

export function startProgram(launch: Launch): Program {
  const { project, config } = launch;
  const optional = (flag: string, value: string) => (value ? [flag, value] : []);
  const argv = [
    process.execPath,
    sdkFile(project.programDir, "@pulumi/pulumi/cmd/run"),
    ...["--monitor", launch.address, "--engine", launch.address, "--organization", "organization"],
    ...[
      "--project",
      project.name,
      "--root-directory",
      project.root,
      "--stack",
      launch.stack,
      "--pwd",
      project.programDir,
    ],
    ...(launch.dryRun ? ["--dry-run"] : []),
    ...optional("--parallel", String(launch.parallel)),
    project.entry,
  ];
  const env: NodeJS.ProcessEnv = {
    ...launch.env,
    PULUMI_CONFIG: JSON.stringify(
      Object.fromEntries(Object.entries(config.values).map(([key, value]) => [key.replace(":", ":config:"), value])),
    ),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(config.secretKeys),
  };
  if (project.runtimeOptions.typescript !== false) env.PULUMI_NODEJS_TYPESCRIPT = "true";
  const child = launch.spawn(argv, { cwd: project.programDir, env, stdio: ["ignore", "pipe", "pipe"] });
  const read = lines(launch, "program", child);
  const code = new Promise<number>((resolve) => child.once("exit", (value) => resolve(value ?? -1)));
  return { exited: Promise.all([code, read]).then(([value]) => value), kill: () => void child.kill("SIGKILL") };
}

export interface ProviderProcess {
  readonly port: string;
  readonly pid: number;
  /** SIGINT to the process group, SIGKILL after five seconds. */
  stop(): Promise<void>;
}

/** The plugin of a provider type such as `pulumi:providers:command`, found on PATH as the CLI does. */
export function pluginOf(type: string, env: NodeJS.ProcessEnv): string | undefined {
  const name = `pulumi-resource-${type.split(":").at(-1)}`;
  const folders = (env.PATH ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** @param type of the provider */
export async function startProvider(launch: Launch, type: string): Promise<ProviderProcess> {
  const { project } = launch;
  const argv =
    type === nodejsProvider
      ? [process.execPath, sdkFile(project.programDir, "@pulumi/pulumi/cmd/dynamic-provider"), launch.address]
      : [pluginOf(type, launch.env)!, launch.address];
  const options = Object.entries(project.runtimeOptions).map(([key, value]) => [
    `PULUMI_RUNTIME_${key.toUpperCase()}`,
    String(value),
  ]);
  const env: NodeJS.ProcessEnv = {
    ...launch.env,
    PULUMI_NODEJS_PROJECT: project.name,
    PULUMI_PROJECT: project.name,
    PULUMI_CONFIG: "{}",
    ...Object.fromEntries(options),
  };
  const child = launch.spawn(argv, { cwd: project.programDir, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const port = Promise.withResolvers<string>();
  const read = lines(
    { ...launch, onLine: (source, line) => announce(line) || launch.onLine(source, line) },
    "provider",
    child,
  );
  let isKnown = false;
  function announce(line: string): boolean {
    if (isKnown || !/^\d+$/.test(line)) return false;
    isKnown = true;
    port.resolve(line);
    return true;
  }
  void exited.then(() => port.reject(new Error("the provider ended before it printed its port")));
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, name);
    } catch {
      child.kill(name);
    }
  };
  return {
    port: await port.promise,
    pid: child.pid!,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        signal("SIGINT");
        const timer = setTimeout(() => signal("SIGKILL"), 5_000);
        await exited;
        clearTimeout(timer);
      }
      await read;
    },
  };
}
