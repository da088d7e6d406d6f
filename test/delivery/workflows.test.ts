/** The workflow files: their structure, and that what they run is there. What they do is in journey.test.ts. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
        expect(line).toMatch(/printf '[^']*' "\$\w+" \| (ssh-add -q -$|curl .*--header @- )/);
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

describe("on GitLab the plan is that of the last review", () => {
  const head = { id: 1, ref: "refs/merge-requests/12/head" };
  const merged = { id: 3, ref: "refs/merge-requests/12/merge" };
  const others = [
    { id: 8, ref: "refs/merge-requests/12/train" },
    { id: 9, ref: "branch" },
  ];
  const reviewed = { id: 70, name: "multiwan-review", status: "success" };
  const failed = { ...reviewed, status: "failed" };

  test.each([
    ["of the branch", [head, ...others], { 1: [reviewed] }, "jobs/70/artifacts/north.plan.json"],
    [
      "of the merged result, where the project reviews those",
      [head, merged],
      { 1: [failed], 3: [reviewed] },
      "jobs/70/",
    ],
    [
      "refused where the last one failed, though one before it did not",
      [merged, head],
      { 1: [reviewed], 3: [failed] },
      "the last pipeline of merge request !12, 3, has no review that succeeded",
    ],
    ["refused where there is none", others, {}, "merge request !12 has no pipeline of its own"],
  ])("%s", (_, pipelines, jobsIn: Record<number, object[]>, expected) => {
    const dir = mkdtempSync(join(tmpdir(), "multiwan-gitlab-"));
    try {
      const answers = {
        "repository/commits/abc/merge_requests": [
          { iid: 11, state: "opened" },
          { iid: 12, state: "merged" },
        ],
        "merge_requests/12/pipelines?per_page=100": pipelines,
        ...Object.fromEntries(Object.entries(jobsIn).map(([id, list]) => [`pipelines/${id}/jobs?per_page=100`, list])),
      };
      writeFileSync(join(dir, "answers.json"), JSON.stringify(answers));
      const curl = `#!/usr/bin/env node
const path = process.argv.at(-1).replace("http://x/projects/7/", "");
if (path.startsWith("jobs/")) console.log(JSON.stringify(path));
else console.log(JSON.stringify(require("./answers.json")[path]));
`;
      writeFileSync(join(dir, "curl"), curl, { mode: 0o755 });
      const script = job("gitlab", "multiwan-apply").scripts.find((one) => one.includes("curl"))!;
      const env = { PATH: `${dir}:${process.env.PATH}`, STACK: "north", GITLAB_TOKEN: "t" };
      const given = { CI_API_V4_URL: "http://x", CI_PROJECT_ID: "7", CI_COMMIT_SHA: "abc" };
      const { stdout, status } = spawnSync("bash", ["-c", script], {
        cwd: dir,
        encoding: "utf8",
        env: { ...env, ...given },
      });
      const plan = join(dir, "north.plan.json");
      expect(status).toBe(expected.startsWith("jobs/") ? 0 : 1);
      expect(stdout + (existsSync(plan) ? JSON.parse(readFileSync(plan, "utf8")) : "")).toContain(expected);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  test("no train is reviewed", () => {
    expect(all.find(({ forge }) => forge === "gitlab")!.text).toContain(
      '$CI_MERGE_REQUEST_EVENT_TYPE != "merge_train"',
    );
  });
});

test("a review that ends in the middle leaves no plan with the stack's config behind", () => {
  const dir = mkdtempSync(join(tmpdir(), "multiwan-review-"));
  try {
    const stub = (name: string, text: string) =>
      writeFileSync(join(dir, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    stub("ssh-agent", "exit 0");
    stub("ssh-add", "cat >/dev/null");
    stub("pulumi", 'case "$*" in *preview*) echo "{}"; echo secret >saved.json;; esac');
    stub("npx", 'echo "$*" >>called; case "$*" in *"plan saved.json --stack north"*) exit 2;; esac');
    const script = job("github", "review").scripts.find((one) => one.includes("multiwan review"))!;
    const { status } = spawnSync("bash", ["-e", "-c", script], {
      cwd: dir,
      env: {
        PATH: `${dir}:${process.env.PATH}`,
        STACKS: STACKS.join(" "),
        MULTIWAN_OBSERVE_KEY: "k",
        MULTIWAN_OBSERVE_USER: "ci",
      },
    });
    expect(status).toBe(1);
    expect(existsSync(join(dir, "saved.json"))).toBe(false);
    // What was previewed is told; the job fails, so that no plan of it is applied.
    expect(readFileSync(join(dir, "called"), "utf8")).toContain(
      "review north.preview.json south-2.preview.json --plan south-2.plan.json --post",
    );
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test("a stack that is named twice has one job; a name that a command takes for an option is refused", () => {
  const { text } = workflowFiles("github", ["north", "north"]).find(({ path }) => path.endsWith("apply.yml"))!;
  expect(text).toContain('stack: ["north"]');
  expect(() => workflowFiles("github", ["-x"])).toThrow("not the name of a stack");
});
