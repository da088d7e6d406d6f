/** A repository, its forge, and a runner that gives each job a fresh clone and an environment with nothing but what the file says. */
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ForgeName, workflowFiles } from "../../provider/cli/workflows/render.ts";
import type { Lab } from "../lab/index.ts";
import type { Comment, Issue } from "./forge.ts";
import { type Job, jobsOf } from "./jobs.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const STACK = "north";

const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import { MultiWan } from "pulumi-multiwan";
new MultiWan("site", new pulumi.Config("multiwan").requireObject("site"), { declaredAt: "multiwan:site" });
`;

export interface Ended {
  readonly code: number;
  readonly text: string;
}

export interface Office extends AsyncDisposable {
  /** Commits a site to the branch, as a person does. */
  declare(site: object): Promise<void>;
  /** Runs the job of that name and says how it ended. */
  job(name: "review" | "apply" | "drift"): Promise<Ended>;
  /** The comments of the change request; what `multiwan review` was called with, where there is no such command. */
  readonly reviewed: () => string;
  readonly issues: () => readonly Issue[];
  /** The plans that the last review has left. */
  readonly plans: () => readonly string[];
  /** Runs a command of a person, in the clone of a person. */
  run(...argv: string[]): Promise<Ended>;
}

export async function openOffice(lab: Lab, forge: ForgeName, observer: string): Promise<Office> {
  const dir = mkdtempSync(join(tmpdir(), "multiwan-office-"));
  const [origin, own, plans] = [join(dir, "origin.git"), join(dir, "own"), join(dir, "plans")];
  for (const one of [own, plans, join(dir, "state"), join(dir, "home")]) mkdirSync(one, { recursive: true });
  const { ssh } = lab.router;
  const key = readFileSync(ssh.keyFile, "utf8");
  const runner = {
    PATH: process.env.PATH!,
    HOME: join(dir, "home"),
    PULUMI_SKIP_UPDATE_CHECK: "1",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
  const settings = { PULUMI_BACKEND_URL: `file://${join(dir, "state")}`, PULUMI_CONFIG_PASSPHRASE: "lab" };

  const play = async (argv: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<Ended> => {
    const pairs = Object.entries({ ...runner, ...env }).map(([name, value]) => `${name}=${value}`);
    const { code, stdout, stderr } = await lab.run("operator", ["env", "-i", ...pairs, ...argv], { cwd });
    return { code, text: `${stdout}${stderr}` };
  };
  const must = async (argv: readonly string[], cwd: string, env: Readonly<Record<string, string>> = settings) => {
    const ended = await play(argv, cwd, env);
    if (ended.code !== 0) throw new Error(`${argv.join(" ")}: ${ended.text}`);
    return ended.text;
  };
  const shell = (line: string, cwd = own) => must(["bash", "-ec", line], cwd);

  // What npm ci leaves. There is no review yet beside it: its call is written down.
  const modules = join(dir, "node_modules");
  mkdirSync(join(modules, ".bin"), { recursive: true });
  symlinkSync(root, join(modules, "pulumi-multiwan"));
  symlinkSync(join(root, "node_modules/@pulumi"), join(modules, "@pulumi"));
  const command = `#!/bin/sh
multiwan() { node ${root}/provider/cli/bin.js "$@"; }
[ "$1" = review ] && ! multiwan --help | grep -q "^  review " && { echo "$@" >>${dir}/reviewed; exit; }
multiwan "$@"
`;
  writeFileSync(join(modules, ".bin/multiwan"), command, { mode: 0o755 });

  for (const [name, text] of Object.entries({
    "Pulumi.yaml": "name: office\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.ts\n",
    "package.json": '{ "name": "office", "type": "module", "private": true }\n',
    "index.ts": PROGRAM,
    ".gitignore": "node_modules\n",
  }))
    writeFileSync(join(own, name), text);
  for (const { path, text } of workflowFiles(forge, [STACK])) {
    mkdirSync(join(own, path, ".."), { recursive: true });
    writeFileSync(join(own, path), text);
  }
  const jobs = workflowFiles(forge, [STACK]).flatMap(({ text }) => jobsOf(forge, text));
  symlinkSync(modules, join(own, "node_modules"));
  await shell(
    `git init -q -b main . && git config user.name n && git config user.email n@n && git init -q --bare -b main ${origin} && git remote add origin ${origin} && pulumi stack init ${STACK}`,
  );

  const server = lab.inNamespace(
    "operator",
    [process.execPath, join(root, "test/delivery/forge-main.ts"), forge, join(dir, "forge.json"), plans],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const forgeEnv = await new Promise<Record<string, string>>((resolve) => {
    server.stdout!.setEncoding("utf8").once("data", (line: string) => resolve(JSON.parse(line)));
  });
  const { GITHUB_TOKEN: token = "", ...given } = forgeEnv;

  /** What stands in `${{ }}`, and what the settings of a GitLab project give to every job. */
  const values: Record<string, string> = {
    "vars.PULUMI_BACKEND_URL": settings.PULUMI_BACKEND_URL,
    "secrets.PULUMI_ACCESS_TOKEN": "",
    "secrets.PULUMI_CONFIG_PASSPHRASE": settings.PULUMI_CONFIG_PASSPHRASE,
    "vars.MULTIWAN_OBSERVE_USER": observer,
    "secrets.MULTIWAN_OBSERVE_KEY": key,
    "secrets.MULTIWAN_KEY": key,
    "github.token": token,
    "matrix.stack": STACK,
    "github.event.pull_request.number": "12",
  };
  const filled = (text: string) =>
    text.replaceAll(/\$\{\{ ([\w.]+) \}\}/g, (_, name: string) => {
      if (values[name] === undefined) throw new Error(`the workflow takes ${name}`);
      return values[name];
    });
  const environment = (job: Job, i: number, commit: string): Record<string, string> => {
    const said = Object.fromEntries(Object.entries(job.env[i]!).map(([name, value]) => [name, filled(value)]));
    if (forge !== "gitlab") return { ...given, ...said, GITHUB_REF: "refs/pull/12/merge" };
    const keys = job.name.endsWith("apply")
      ? { MULTIWAN_KEY: key, STACK }
      : { MULTIWAN_OBSERVE_USER: observer, MULTIWAN_OBSERVE_KEY: key, ...(job.matrix && { STACK }) };
    return {
      ...given,
      ...settings,
      ...said,
      ...keys,
      CI_COMMIT_SHA: commit,
      CI_MERGE_REQUEST_IID: "12",
      CI_DEFAULT_BRANCH: "main",
    };
  };

  const steps = async (job: Job, clone: string): Promise<Ended> => {
    const commit = (await shell("git rev-parse HEAD", clone)).trim();
    let text = "";
    for (const [i, script] of job.scripts.entries()) {
      if (script.trim() === "npm ci") continue;
      // What the actions for artefacts do.
      if (forge === "github" && script.includes("multiwan apply")) cpSync(plans, clone, { recursive: true });
      const ended = await play(["bash", "-ec", script], clone, environment(job, i, commit));
      text += ended.text;
      if (ended.code !== 0) return { code: ended.code, text };
    }
    return { code: 0, text };
  };

  const kept = <T>() => JSON.parse(readFileSync(join(dir, "forge.json"), "utf8")) as T;

  return {
    async declare(site) {
      const file = join(own, `Pulumi.${STACK}.yaml`);
      const kept = readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line.startsWith("encryptionsalt"));
      const config = {
        "multiwan:router": { host: ssh.host, port: ssh.port, hostKey: ssh.hostKey },
        "multiwan:site": site,
      };
      writeFileSync(file, `${kept.join("\n")}\nconfig: ${JSON.stringify(config)}\n`);
      await shell("git add -A && git commit -qm change && git push -q origin main");
    },
    async job(name) {
      const job = jobs.find((one) => one.name === name || one.name === `multiwan-${name}`)!;
      const clone = mkdtempSync(join(dir, `${name}-`));
      await shell(`git clone -q ${origin} . && ln -s ${modules} node_modules`, clone);
      const ended = await steps(job, clone);
      if (name === "review" && ended.code === 0)
        for (const file of globSync(join(clone, "*.plan.json"))) cpSync(file, join(plans, file.slice(clone.length)));
      return ended;
    },
    reviewed: () =>
      existsSync(join(dir, "reviewed"))
        ? readFileSync(join(dir, "reviewed"), "utf8")
        : kept<{ comments: Comment[] }>()
            .comments.map(({ text }) => text)
            .join("\n"),
    issues: () => kept<{ issues: Issue[] }>().issues,
    plans: () => globSync(join(plans, "*.plan.json")).map((file) => readFileSync(file, "utf8")),
    run: (...argv) => play(argv, own, settings),
    async [Symbol.asyncDispose]() {
      server.kill("SIGKILL");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
