/** `multiwan:verify`: commands of the graph that run behind an update, and make it fail. */
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { readConfig, readVerify } from "../../stacks/config.ts";
import { site } from "../../stacks/index.ts";
import { type Drive, drive, hasCommandPlugin, labSite } from "../drive/index.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { registered } from "../resources/mocks.ts";
import { seed } from "../site/seed.ts";
import { testingAll } from "../variants.ts";

/** Each test is up to three runs of the program and its plugins: minutes where all processors are taken. */
const PATIENCE = 600_000;
const root = fileURLToPath(new URL("../..", import.meta.url));
const STAND_IN = join(root, "test/engine/command");
const real = hasCommandPlugin();
const ROUTER = { host: "172.16.1.1", hostKey: "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };

const configure = (verify: unknown) =>
  pulumi.runtime.setAllConfig({
    "multiwan:site": JSON.stringify(seed),
    "multiwan:router": JSON.stringify(ROUTER),
    ...(verify !== undefined && { "multiwan:verify": typeof verify === "string" ? verify : JSON.stringify(verify) }),
  });
const commands = async (verify: unknown) => {
  const all = await registered(() => {
    configure(verify);
    site();
  });
  return all.filter(({ type }) => type === "command:local:Command");
};

describe("the setting", () => {
  test.each([[undefined], [false], ["false"], [{ proof: false }]])("%j asks for no plugin", async (verify) => {
    expect(await commands(verify)).toEqual([]);
  });

  test("true runs the proof behind the whole site, with the stack's name, in a folder that is the same everywhere", async () => {
    const [verify, ...more] = await commands(true);
    expect(more).toEqual([]);
    expect(verify).toMatchObject({
      name: "verify",
      inputs: { create: "node provider/cli/bin.js --stack prod verify" },
    });
    expect(verify!.inputs.environment).toEqual({ MULTIWAN_STACK: "prod" });
    expect(verify!.inputs.dir).not.toMatch(/^\//);
    expect(verify!.inputs.triggers).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(verify!.dependencies).toContain("site-wan_one-rule");
  });

  test("checks of one's own run beside it, or instead of it", async () => {
    const names = async (verify: unknown) => (await commands(verify)).map(({ name, inputs }) => [name, inputs.create]);
    expect((await names({ checks: ["./a", "./b"] })).slice(1)).toEqual([
      ["check-1", "./a"],
      ["check-2", "./b"],
    ]);
    expect(await names({ proof: false, checks: ["./a"] })).toEqual([["check-1", "./a"]]);
  });

  test.each([
    ["yes", "multiwan:verify: must be true, false, or {checks: [...]}"],
    [{ checks: [" "] }, "multiwan:verify"],
    [{ chekcs: [] }, "multiwan:verify"],
  ])("%j is a fault with its place", async (verify, message) => {
    await registered(() => configure(verify));
    expect(readConfig).toThrow(message);
    expect(readVerify()).toEqual({ proof: false, checks: [] });
  });
});

/** The repository's packages, with or without that of the Command provider, which nothing installs by itself. */
function linkPackages(project: string, command: boolean): void {
  const [from, to] = [join(root, "node_modules"), join(project, "node_modules")];
  mkdirSync(join(to, "@pulumi"), { recursive: true });
  for (const name of readdirSync(from).filter((name) => name !== "@pulumi"))
    symlinkSync(join(from, name), join(to, name));
  symlinkSync(join(from, "@pulumi/pulumi"), join(to, "@pulumi/pulumi"));
  // A copy: its own `require` then finds the SDK that the program has.
  if (command) cpSync(join(STAND_IN, "package"), join(to, "@pulumi/command"), { recursive: true });
}

/** The stack's own files, which look for packages from where they are; what they import is the repository's, compiled already. */
function layOut(project: string, command: boolean): void {
  for (const part of ["Pulumi.yaml", "package.json", "stacks"])
    cpSync(join(root, part), join(project, part), { recursive: true });
  symlinkSync(join(root, "provider"), join(project, "provider"));
  linkPackages(project, command);
}

/** Plugins that the CLI would look for before the program runs: of every package below node_modules that says so. */
function requiredPlugins(folder: string): string[] {
  return globSync("**/node_modules/{*,@*/*}/package.json", { cwd: folder }).filter(
    (file) => JSON.parse(readFileSync(join(folder, file), "utf8")).pulumi?.resource,
  );
}

describe("without @pulumi/command", () => {
  test("it is an optional peer: npm ci installs nothing for which the CLI looks for a plugin", () => {
    const { peerDependencies, peerDependenciesMeta } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(peerDependencies).toHaveProperty(["@pulumi/command"]);
    expect(peerDependenciesMeta["@pulumi/command"]).toEqual({ optional: true });
    const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
    // That of the policy pack's own tests is no provider, and has no plugin.
    expect(Object.keys(packages).filter((path) => /@pulumi\/(?!pulumi$|policy$)/.test(path))).toEqual([]);
    expect(requiredPlugins(root)).toEqual([]);
  });

  test(
    "a stack that has the setting is told what to install; one that has it not asks for nothing",
    async () => {
      await using lab = await startLab();
      const project = mkdtempSync(join(tmpdir(), "multiwan-no-command-"));
      try {
        layOut(project, false);
        await using stack = drive(lab, { project });
        const refused = await stack.preview("-c", "multiwan:verify=true");
        expect(refused.code).not.toBe(0);
        expect(refused.text).toContain("multiwan:verify needs the npm package @pulumi/command, which is not installed");
        expect(refused.text).toContain("npm install --no-save @pulumi/command@1.2.1");
        // Every other test that starts the engine is without it.
        if (testingAll) expect(await stack.preview()).toMatchObject({ code: 0 });
      } finally {
        rmSync(project, { recursive: true, force: true });
      }
    },
    PATIENCE,
  );
});

describe.each([
  ["the stand-in for the plugin", true, STAND_IN],
  ["the real plugin", real, ""],
])("with %s", (_, present, folder) => {
  const run = present ? test : test.skip;
  let lab: Lab;
  let project: string;
  let stack: Drive;
  let log: string;
  beforeAll(async () => {
    if (!present) return;
    lab = await startLab();
    project = mkdtempSync(join(tmpdir(), "multiwan-verify-"));
    layOut(project, true);
    log = join(project, "log");
    const path = [folder, process.env.PATH].filter(Boolean).join(delimiter);
    stack = drive(lab, { project, env: { PATH: path, MULTIWAN_LOG: log } });
    declare();
  });
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    if (project) rmSync(project, { recursive: true, force: true });
    await lab?.stop();
  });
  /** What the command reads: the stand-in engine is given the same with -c. */
  const declare = () => {
    const config = { "multiwan:site": stack.site, "multiwan:router": stack.router };
    writeFileSync(join(project, "Pulumi.lab.yaml"), JSON.stringify({ config }));
  };
  const up = (verify: unknown) => stack.up("--skip-preview", "-c", `multiwan:verify=${JSON.stringify(verify)}`);
  const logged = () => readFileSync(log, "utf8").trim().split("\n");
  const own = 'echo "$MULTIWAN_STACK in $(ls -d stacks)" >>"$MULTIWAN_LOG"';

  run(
    "the proof and an own check run once, behind everything else, and again when a line changes",
    async () => {
      const first = await up({ checks: [own] });
      expect(first.text).toContain("verify");
      expect(first.code).toBe(0);
      expect(logged()).toEqual(["lab in stacks"]);
      expect((await up({ checks: [own] })).code).toBe(0);
      expect(logged()).toHaveLength(1);
      stack.site = { ...labSite(), default: "wan_two" };
      declare();
      const moved = await up({ checks: [own] });
      expect(moved.text).toMatch(/verify/);
      expect(moved.code).toBe(0);
      expect(logged()).toHaveLength(2);
    },
    PATIENCE,
  );

  run(
    "what does not hold makes up fail with what was said, and is asked again by the next run",
    async () => {
      const check = 'echo "door 3 is shut" >&2; exit 1';
      for (const _ of testingAll ? [1, 2] : [1]) {
        const { code, text } = await up({ proof: false, checks: [check] });
        expect(code).not.toBe(0);
        expect(text).toContain("door 3 is shut");
      }
      expect((await up({ proof: false, checks: ["true"] })).code).toBe(0);
    },
    PATIENCE,
  );

  (testingAll ? run : () => undefined)(
    "switched off again they are gone, and a destroy runs nothing",
    async () => {
      expect((await stack.up("--skip-preview")).text).toContain("check-1");
      expect((await stack.destroy("--skip-preview")).code).toBe(0);
      expect(logged()).toHaveLength(2);
    },
    PATIENCE,
  );
});
