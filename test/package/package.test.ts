/** What people install: the packed tarball, in a project of its own, far from the sources. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
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
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ROUTER_SCRIPTS } from "../../provider/observe/root-scripts.ts";
import { drive } from "../drive/index.ts";
import { startLab } from "../lab/index.ts";
import { testingAll } from "../variants.ts";
import { compile, configurations, right, wrong } from "./typed.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const asRoot = process.platform === "linux" && process.getuid?.() === 0 ? test : test.skip;

const programs = {
  "an ES module": {
    manifest: { type: "module" },
    main: "index.ts",
    text: `import { FwmarkRule } from "pulumi-multiwan";
           export const config = new FwmarkRule("one", { mark: 1, mask: 0xff, table: 101, priority: 4001 }).config;`,
  },
  "a CommonJS program": {
    manifest: {},
    main: "index.js",
    text: `const { FwmarkRule } = require("pulumi-multiwan");
           exports.config = new FwmarkRule("one", { mark: 1, mask: 0xff, table: 101, priority: 4001 }).config;`,
  },
};

/** As an installation lays it out, without its half a minute: the packages that it names, and no others, are those of the sources. */
function unpack(home: string, packed: string): void {
  const installed = join(home, "node_modules/pulumi-multiwan");
  mkdirSync(join(home, "node_modules/.bin"), { recursive: true });
  mkdirSync(installed);
  execFileSync("tar", ["xzf", join(home, packed), "-C", installed, "--strip-components=1"]);
  const { dependencies, bin } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  // @types/node comes with the SDK.
  for (const name of [...Object.keys(dependencies), "@types/node"]) {
    mkdirSync(dirname(join(home, "node_modules", name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(home, "node_modules", name));
  }
  for (const [name, file] of Object.entries<string>(bin))
    symlinkSync(join(installed, file), join(home, "node_modules/.bin", name));
}

describe("the packed package", () => {
  let home = "";
  let packed = "";

  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), "multiwan-package-"));
    execFileSync(process.execPath, [join(root, "scripts/build.ts")], { stdio: "pipe" });
    execFileSync("npm", ["pack", join(root, "dist"), "--silent"], { cwd: home });
    packed = readdirSync(home).find((name) => name.endsWith(".tgz"))!;
    // One installation serves both programs: a folder below finds its packages here.
    writeFileSync(join(home, "package.json"), JSON.stringify({ name: "somewhere-else", private: true }));
    if (!testingAll) return unpack(home, packed);
    const flags = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"];
    execFileSync("npm", ["install", join(home, packed), ...flags], { cwd: home, stdio: "pipe" });
  }, 300_000);

  afterAll(() => rmSync(home, { recursive: true, force: true }));

  test("holds compiled code with types and no key that Pulumi takes for a plugin", () => {
    const installed = join(home, "node_modules/pulumi-multiwan");
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    expect(manifest).not.toHaveProperty("pulumi");
    expect(manifest).not.toHaveProperty("devDependencies");
    // Nothing runs when it is installed.
    expect(manifest).not.toHaveProperty("scripts");
    for (const { types, default: code } of Object.values<{ types: string; default: string }>(manifest.exports)) {
      expect(existsSync(join(installed, types))).toBe(true);
      expect(existsSync(join(installed, code))).toBe(true);
    }
    // The guard's shell is a module of it: a file that is read when it runs would be missing in a bundle.
    expect(globSync("guard/**/*.sh", { cwd: installed })).toEqual([]);
    const pack = readFileSync(join(installed, "policy/index.js"), "utf8");
    expect(existsSync(join(installed, "policy", /from "(\.\.[^"]*)"/.exec(pack)![1]!))).toBe(true);
    for (const [script, text] of Object.entries(ROUTER_SCRIPTS))
      expect(readFileSync(join(installed, "router-scripts", script), "utf8")).toBe(text);
  });

  const names = Object.keys(configurations) as (keyof typeof configurations)[];
  test.each(testingAll ? names : names.slice(0, 1))(
    "in %s, every library checked, its types compile, and the compiler finds each fault of a site",
    (name) => {
      const faulty = Object.entries(wrong).map(([name, { right: was, wrong: is }]) => [name, right.replace(was, is)]);
      const faults = compile(home, name, { right, ...Object.fromEntries(faulty) });
      const said = Object.entries(wrong).map(([name, { said }]) => [name, expect.stringContaining(said)]);
      const expected = configurations[name].types.map((type) => [type, Object.fromEntries(said)]);
      expect(faults).toEqual(Object.fromEntries(expected));
    },
  );

  test("is right in the eyes of publint and arethetypeswrong", () => {
    const tool = (name: string, ...args: string[]) =>
      spawnSync(join(root, "node_modules/.bin", name), [...args, join(home, packed)], { encoding: "utf8", cwd: home });
    const lint = tool("publint", "run", "--strict");
    expect({ ...lint, said: lint.stdout + lint.stderr }).toMatchObject({
      status: 0,
      said: expect.stringContaining("All good!"),
    });
    // Node 22.12 and newer load an ES module by `require`, and the package asks for a newer one.
    const types = tool(
      "attw",
      "--no-definitely-typed",
      "--no-emoji",
      "--no-color",
      "--ignore-rules",
      "cjs-resolves-to-esm",
      "--",
    );
    expect({ status: types.status, said: types.stdout + types.stderr }).toMatchObject({ status: 0 });
  });

  test("brings the multiwan command, which finds the stack file and checks it", () => {
    const command = join(home, "node_modules/.bin/multiwan");
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(execFileSync(command, ["--version"], { encoding: "utf8" })).toBe(`${version}\n`);
    expect(execFileSync(command, ["show", "--help"], { encoding: "utf8" })).toContain("Usage: multiwan show");
    const files = execFileSync(command, ["workflows", "github", "north", "--print"], { encoding: "utf8" });
    expect(files).toContain("npx multiwan apply");
    const project = join(home, "command");
    mkdirSync(project);
    writeFileSync(join(project, "Pulumi.yaml"), "name: mine\nruntime: nodejs\n");
    writeFileSync(join(project, "Pulumi.north.yaml"), "config: {multiwan:router: {prot: 1}}\n");
    const { status, stderr } = spawnSync(command, ["show", "-s", "north"], { cwd: project, encoding: "utf8" });
    expect(stderr).toContain("multiwan: Pulumi.north.yaml has 2 faults:");
    expect(status).toBe(2);
  });

  for (const [kind, { manifest, main, text }] of Object.entries(programs).slice(0, testingAll ? undefined : 1))
    asRoot(
      `runs a stack of ${kind}, with transactions on a router: up, nothing to do, destroy`,
      async () => {
        const project = join(home, kind.replaceAll(" ", "-"));
        mkdirSync(project);
        writeFileSync(
          join(project, "package.json"),
          JSON.stringify({ name: "mine", private: true, main, ...manifest }),
        );
        const runtime = { name: "nodejs", options: { typescript: false } };
        writeFileSync(join(project, "Pulumi.yaml"), JSON.stringify({ name: "mine", runtime }));
        writeFileSync(join(project, main), text);
        await using lab = await startLab();
        await using stack = drive(lab, { project });
        const before = await lab.router.dump();
        expect(await stack.up("--skip-preview")).toMatchObject({ code: 0 });
        expect(await lab.router.exec("ip rule show")).toContain("4001:\tfrom all fwmark 0x1/0xff lookup 101");
        const second = await stack.preview();
        expect(second.text).toContain("2 unchanged");
        expect(await stack.destroy("--skip-preview")).toMatchObject({ code: 0 });
        expect(await lab.router.dump()).toBe(before);
      },
      120_000,
    );
});
