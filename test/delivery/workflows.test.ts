/** The workflow files: their structure, and that what they run is there. What they do is in journey.test.ts. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import yaml from "js-yaml";
import { multiwan } from "../../provider/cli/program.ts";
import { FORGES, workflowFiles } from "../../provider/cli/workflows/render.ts";
import { type Job, jobsOf } from "./jobs.ts";

const STACKS = ["north", "south-2"];
const all = FORGES.flatMap((forge) => workflowFiles(forge, STACKS).map((file) => ({ forge, ...file })));
const jobs = all.flatMap(({ forge, path, text }) => jobsOf(forge, text).map((job) => ({ path, ...job })));
const job = (forge: string, name: string) => jobs.find((one) => one.forge === forge && one.name === name) as Job;

test.each(all)("$path is YAML, names its stacks, and has nothing left to fill in", ({ text }) => {
  expect(() => yaml.load(text)).not.toThrow();
  expect(text).not.toMatch(/(?<!\$)\{\{/);
});

describe.each(jobs.flatMap((one) => one.scripts.map((script, i) => ({ ...one, script, i }))))(
  "$path: $name, script $i",
  ({ script }) => {
    test("is a shell script", () => {
      const { status, stderr } = spawnSync("bash", ["-n"], { input: script, encoding: "utf8" });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    });

    test("calls only subcommands of multiwan that there are, or that are built beside", async () => {
      const called = [...script.matchAll(/npx multiwan (\w+)/g)].map(([, name]) => name!);
      const help = await said("--help");
      for (const name of called.filter((one) => one !== "review")) expect(help).toContain(`\n  ${name} `);
    });

    test("prints no secret, gives none as an argument, and takes nothing from the forge but by its environment", () => {
      for (const line of script.split("\n").filter((one) => /KEY|TOKEN|PASSPHRASE/.test(one)))
        expect(line).toMatch(
          /printf '[^']*' "\$\w+" \| (ssh-add -q -$|curl .*--header @- )|^ *if (\[ -z "\$\{\w+:-\}" \]( \|\| )?)+; then$/,
        );
      expect(script).not.toMatch(/\$\{\{|set -x|curl[^|]*\| *(ba)?sh/);
    });
  },
);

/** Forgejo knows it for whole workflows only. */
const LOCK = {
  github: /^multiwan-router-\$\{\{ matrix\.stack \}\}$/,
  gitlab: /^multiwan-router-\$STACK$/,
  forgejo: /^multiwan-routers$/,
};

describe.each(FORGES)("%s", (forge) => {
  test("applies with one job for each router at a time, that is never cancelled", () => {
    const { lock, cancels, matrix } = job(forge, forge === "gitlab" ? "multiwan-apply" : "apply");
    expect(lock).toMatch(LOCK[forge]);
    expect(cancels).toBe(false);
    expect(matrix).toEqual(STACKS);
  });

  test("looks for drift never in the middle of an apply, and takes no other job's place", () => {
    const of = (name: string) => job(forge, forge === "gitlab" ? `multiwan-${name}` : name);
    expect(of("drift")).toMatchObject({ lock: of("apply").lock, cancels: false, matrix: STACKS });
    const files = all.filter((one) => one.forge === "github" && /apply|drift/.test(one.path));
    for (const { text } of files) expect(text).toMatch(/cancel-in-progress: false\n\s+queue: max\n/);
  });

  test("the key that may change the router is given to no other job", () => {
    const having = jobs.filter((one) => one.forge === forge && /MULTIWAN_KEY/.test(JSON.stringify(one)));
    expect(having.map(({ name }) => name)).toEqual([forge === "gitlab" ? "multiwan-apply" : "apply"]);
  });

  test("verifies after it has applied", () => {
    const script = job(forge, forge === "gitlab" ? "multiwan-apply" : "apply").scripts.at(-1)!;
    expect(script).toMatch(/multiwan apply .*\n.*multiwan verify/);
  });

  test("every action is of a version", () => {
    const text = all
      .filter((one) => one.forge === forge)
      .map((one) => one.text)
      .join("");
    for (const [, action] of text.matchAll(/uses: (\S+)/g)) expect(action).toMatch(/^[\w-]+\/[\w-]+@v\d+$/);
    for (const [, image] of text.matchAll(/(?:image|container): (\S+)/g)) expect(image).toMatch(/:\d+\.\d+\.\d+$/);
  });
});

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "multiwan-workflows-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function said(...argv: string[]): Promise<string> {
  const chunks: string[] = [];
  const stream = { write: (text: string) => chunks.push(text) };
  const code = await multiwan(argv, { out: stream, err: stream, env: {}, stop: new AbortController().signal });
  return `${chunks.join("")}exit ${code}`;
}

describe("multiwan workflows", () => {
  const path = ".github/workflows/multiwan-apply.yml";

  test("writes them, leaves equal ones, and refuses all where one differs", async () => {
    expect(await said("workflows", "github", ...STACKS, "--dir", dir)).toBe(
      ["review", "apply", "drift"].map((one) => `written    .github/workflows/multiwan-${one}.yml\n`).join("") +
        "exit 0",
    );
    expect(await said("workflows", "github", ...STACKS, "--dir", dir)).not.toContain("written");
    writeFileSync(join(dir, path), "mine\n");
    const refused = await said("workflows", "github", "north", "--dir", dir);
    expect(refused).toContain(path);
    expect(refused).toContain("exit 2");
    expect(readFileSync(join(dir, ".github/workflows/multiwan-drift.yml"), "utf8")).toContain('"north", "south-2"');
    expect(readFileSync(join(dir, path), "utf8")).toBe("mine\n");
    expect(await said("workflows", "github", "north", "--dir", dir, "--force")).toContain(`written    ${path}`);
  });

  test("prints them, takes the only stack there is, and refuses what is no name", async () => {
    writeFileSync(join(dir, "Pulumi.yaml"), "name: multiwan\nruntime: nodejs\n");
    writeFileSync(join(dir, "Pulumi.east.yaml"), "config: {}\n");
    expect(await said("workflows", "gitlab", "--print", "-C", dir)).toContain('STACKS: "east"');
    expect(await said("workflows", "gitlab", "$(id)", "--print")).toContain("not the name of a stack");
    expect(await said("workflows", "svn", "north")).toContain("exit 2");
  });
});

test.each(["github", "forgejo"] as const)(
  "%s: a merge into another branch than the default one applies nothing",
  (forge) => {
    const file = workflowFiles(forge, STACKS).find(({ path }) => path.endsWith("apply.yml"))!;
    const { jobs: parsed } = yaml.load(file.text) as { jobs: { apply: { if: string } } };
    expect(parsed.apply.if).toBe(
      "github.event.pull_request.merged && github.event.pull_request.base.ref == github.event.repository.default_branch",
    );
  },
);

test("on GitLab no merge train is reviewed: nobody would read it", () => {
  expect(all.find(({ forge }) => forge === "gitlab")!.text).toContain('$CI_MERGE_REQUEST_EVENT_TYPE != "merge_train"');
});

describe("the review job, with a Pulumi that does what a test wants", () => {
  /** What lies in the folder behind it, which it began with. */
  const reviewed = (pulumi: string, npx: string, before: readonly string[] = [], env: Record<string, string> = {}) => {
    const stub = (name: string, text: string) =>
      writeFileSync(join(dir, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    stub("ssh-agent", "exit 0");
    stub("ssh-add", "cat >/dev/null");
    stub("pulumi", pulumi);
    stub("npx", `echo "$*" >>called; case "$*" in *"plan saved.json"*) touch "$7";; esac; ${npx}`);
    for (const name of before) writeFileSync(join(dir, name), "of the repository");
    const script = job("github", "review").scripts.find((one) => one.includes("multiwan review"))!;
    const given = { STACKS: STACKS.join(" "), MULTIWAN_OBSERVE_KEY: "k", MULTIWAN_OBSERVE_USER: "ci", ...env };
    const { status, stdout } = spawnSync("bash", ["-e", "-c", script], {
      cwd: dir,
      env: { PATH: `${dir}:${process.env.PATH}`, ...given },
      encoding: "utf8",
    });
    const plans = readdirSync(dir).filter((name) => name.includes(".plan."));
    const called = existsSync(join(dir, "called")) ? readFileSync(join(dir, "called"), "utf8") : "";
    return { status, stdout, plans, called };
  };
  const PREVIEWS = 'case "$*" in *preview*) echo "{}"; echo secret >saved.json;; esac';

  test("that ends in the middle leaves no plan with the stack's config behind, and tells what was previewed", () => {
    const { status, called } = reviewed(PREVIEWS, 'case "$*" in *"--stack north"*) exit 2;; esac');
    expect(status).toBe(1);
    expect(existsSync(join(dir, "saved.json"))).toBe(false);
    expect(called).toContain("review north.preview.json south-2.preview.json --plan south-2.plan.new --post");
  });

  test("a stack whose preview fails, or that there is not yet, is told as failed, and keeps no other one from being applied", () => {
    for (const pulumi of [
      `case "$*" in *preview*north*) exit 255;; esac; ${PREVIEWS}`,
      `case "$*" in config*north*) exit 255;; esac; ${PREVIEWS}`,
    ]) {
      const { status, plans, called } = reviewed(pulumi, 'case "$*" in *--post*) exit 1;; esac', ["north.plan.json"]);
      expect(status).toBe(1);
      expect(called).toContain(
        "review --failed north.preview.json south-2.preview.json --plan south-2.plan.new --post",
      );
      expect(plans).toEqual(["south-2.plan.json"]);
    }
  });

  test("a plan that no comment told of is not kept", () => {
    const { status, plans } = reviewed(PREVIEWS, 'case "$*" in *--post*) exit 6;; esac', ["north.plan.json"]);
    expect(status).toBe(6);
    expect(plans.filter((name) => name.endsWith(".json"))).toEqual([]);
    expect(reviewed(PREVIEWS, "exit 0").plans).toEqual(["north.plan.json", "south-2.plan.json"]);
  });

  test("without its key or its user it says so, instead of what ssh-add thinks of an empty text", () => {
    for (const env of [{ MULTIWAN_OBSERVE_KEY: "" }, { MULTIWAN_OBSERVE_USER: "" }])
      expect(reviewed(PREVIEWS, "", [], env)).toMatchObject({
        status: 1,
        called: "",
        stdout: expect.stringContaining("Jobs of forks and bots are given no secrets"),
      });
  });
});

describe("a project below the repository's root", () => {
  beforeEach(() => {
    for (const folder of [".git", "sites/wan"]) mkdirSync(join(dir, folder), { recursive: true });
    writeFileSync(join(dir, "sites/wan/Pulumi.yaml"), "name: multiwan\nruntime: nodejs\n");
  });

  test("its files are written where the forge looks for them, and every script runs in its folder", async () => {
    expect(await said("workflows", "github", "north", "-C", join(dir, "sites/wan"))).toContain("exit 0");
    const text = (name: string) => readFileSync(join(dir, `.github/workflows/multiwan-${name}.yml`), "utf8");
    for (const name of ["review", "apply", "drift"])
      expect(yaml.load(text(name))).toMatchObject({ defaults: { run: { "working-directory": "sites/wan" } } });
    expect(text("review")).toContain('path: "sites/wan/*.plan.json"');
    expect(text("apply")).toContain('path: "sites/wan"');
  });

  test.each(FORGES)("%s: nothing is left to fill in, and in the root no word of a folder", (forge) => {
    for (const folder of ["", "sites/wan"])
      for (const { text } of workflowFiles(forge, ["north"], folder)) {
        expect(() => yaml.load(text)).not.toThrow();
        expect(text).not.toMatch(/(?<!\$)\{\{/);
        expect(/working-directory|cd "/.test(text)).toBe(folder !== "");
      }
    expect(() => workflowFiles(forge, ["north"], "a b")).toThrow("has characters other than");
  });
});

test("stacks of an organization keep it where Pulumi is called, and files go by the stack alone", () => {
  const [{ text } = { text: "" }] = workflowFiles("gitlab", ["office/north", "office/net/south"]);
  expect(text).toContain('STACKS: "office/north office/net/south"');
  expect(() => workflowFiles("github", ["a/north", "b/north"])).toThrow("a/north, b/north: stacks of one name");
  expect(() => workflowFiles("github", ["a/b/c/d"])).toThrow("not the name of a stack");
});

test("a stack that is named twice has one job; a name that a command takes for an option is refused", () => {
  const { text } = workflowFiles("github", ["north", "north"]).find(({ path }) => path.endsWith("apply.yml"))!;
  expect(text).toContain('stack: ["north"]');
  expect(() => workflowFiles("github", ["-x"])).toThrow("not the name of a stack");
});
