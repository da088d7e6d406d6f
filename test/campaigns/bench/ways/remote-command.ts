/** Pulumi with `remote.Command` of its Command provider: a resource for each thing, with the command that takes it away. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasCommandPlugin, hasPulumi, settings } from "../../../drive/index.ts";
import { commands } from "../shell.ts";
import { type Thing, things } from "../site.ts";
import type { Way } from "../way.ts";

export const remoteCommand: Way = {
  name: "Pulumi remote.Command",
  obstacle: () => (hasPulumi() && hasCommandPlugin() ? undefined : "no pulumi, or no pulumi-resource-command, on PATH"),
  start: async (lab, { host, port }) => {
    const home = mkdtempSync(join(tmpdir(), "multiwan-bench-"));
    const cwd = join(home, "project");
    mkdirSync(cwd);
    writeFileSync(join(cwd, "Pulumi.yaml"), "name: bench\nruntime: nodejs\nmain: index.js\n");
    writeFileSync(join(cwd, "package.json"), '{"name":"bench","type":"commonjs"}');
    writeFileSync(join(cwd, "index.js"), PROGRAM);
    symlinkSync(join(import.meta.dirname, "../../../../node_modules"), join(cwd, "node_modules"));
    const env = settings(home);
    const pulumi = async (...args: string[]) => {
      const argv = ["pulumi", ...args, "--stack", "bench", "--non-interactive"];
      const { code, stdout, stderr } = await lab.run("operator", argv, { cwd, env });
      if (code !== 0) throw new Error(stdout + stderr);
    };
    const privateKey = readFileSync(lab.router.ssh.keyFile, "utf8");
    const connection = { host, port, user: "root", privateKey };
    let made = false;
    return {
      do: async (job) => {
        if (!made) await pulumi("stack", "init");
        made = true;
        const list = things(job).map(resource);
        writeFileSync(join(cwd, "site.json"), JSON.stringify({ connection, list }));
        await pulumi(job === "away" ? "destroy" : "up", "--yes", "--skip-preview", "--parallel", "4");
      },
      [Symbol.asyncDispose]: async () => rmSync(home, { recursive: true, force: true }),
    };
  },
};

/** Names of tables come before what uses them; the rules of the chain one after the other; else all at once. */
function resource(thing: Thing, index: number, all: readonly Thing[]): object {
  const before = all.slice(0, index);
  const last = before.findLastIndex(({ kind }) => kind === "mark");
  const names = before.flatMap(({ kind }, i) => (kind === "name" ? [i] : []));
  const after =
    thing.kind === "mark" ? [last].filter((i) => i >= 0) : "table" in thing || thing.kind === "rule" ? names : [];
  const { put, take } = commands(thing);
  return { name: nameOf(thing), create: put, delete: take, after: after.map((i) => nameOf(all[i]!)) };
}

/** The default of the main table keeps its name when it moves. */
const nameOf = (thing: Thing): string =>
  thing.kind === "route" && !thing.table ? "default" : Object.values(thing).join(" ").replaceAll("/", " ");

const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const { connection, list } = JSON.parse(require("node:fs").readFileSync("site.json", "utf8"));
const made = {};
for (const { name, create, delete: away, after } of list)
  made[name] = new pulumi.CustomResource("command:remote:Command", name,
    { connection: pulumi.secret(connection), create, delete: away },
    { version: "1.2.1", dependsOn: after.map((one) => made[one]) });
`;
