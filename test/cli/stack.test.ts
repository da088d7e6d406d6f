/** The stack file: which one, what is in it, and what its secrets need. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { readStack } from "../../provider/cli/stack/config.ts";
import type { Answer, Pulumi } from "../../provider/cli/stack/pulumi.ts";
import { secretPaths } from "../../provider/cli/stack/secrets.ts";
import { seed } from "../site/seed.ts";

const ROUTER = { host: "172.16.1.1", hostKey: "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
const SECRET = { secure: "v1:abc:def" };
const none: Pulumi = () => undefined;
const says =
  (answer: Partial<Answer>): Pulumi =>
  () => ({ code: 0, stdout: "", stderr: "", ...answer });

let dir: string;
let env: Record<string, string>;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "multiwan-stack-"));
  env = { PULUMI_HOME: join(dir, "pulumi") };
  writeFileSync(join(dir, "Pulumi.yaml"), "name: multiwan\nruntime: nodejs\n");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const write = (stack: string, router: unknown = ROUTER, more: object = { "multiwan:site": seed }) =>
  writeFileSync(
    join(dir, `Pulumi.${stack}.yaml`),
    JSON.stringify({ config: { ...(router !== null && { "multiwan:router": router }), ...more } }),
  );
const read = (pulumi: Pulumi = none, stack?: string, cwd = dir) => readStack({ cwd, stack, env, pulumi });

describe("which stack", () => {
  beforeEach(() => {
    for (const stack of ["north", "south"]) write(stack, { ...ROUTER, user: stack });
  });

  test("the one that is named, with or without organization", () => {
    expect(read(none, "south").settings.user).toBe("south");
    expect(read(none, "org/multiwan/south")).toMatchObject({ name: "south", project: "multiwan" });
    env.PULUMI_STACK = "south";
    expect(read().name).toBe("south");
    expect(read(none, "north").name).toBe("north");
  });

  test("the one that the CLI has selected", () => {
    expect(read(says({ stdout: "south\n" })).name).toBe("south");
  });

  test("without a CLI, the one that it had selected when it was there", () => {
    const note = (text: string) => {
      const hash = createHash("sha1").update(join(dir, "Pulumi.yaml")).digest("hex");
      mkdirSync(join(dir, "pulumi/workspaces"), { recursive: true });
      writeFileSync(join(dir, `pulumi/workspaces/multiwan-${hash}-workspace.json`), text);
    };
    note('{"stacks": {"file://~": "organization/multiwan/south"}}');
    expect(read().name).toBe("south");
    note('{"stack": "north"}');
    expect(read().name).toBe("north");
    note('{"stacks": {"file://~": "south", "https://api.pulumi.com": "north"}}');
    expect(read).toThrow("which stack? Name it with --stack: north, south");
  });

  test("the only one that has a file, else none, and the names are told", () => {
    expect(read).toThrow("which stack? Name it with --stack: north, south");
    expect(() => read(none, "east")).toThrow(/no file Pulumi\.east\.yaml in .*; there are north, south/);
    rmSync(join(dir, "Pulumi.north.yaml"));
    expect(read().name).toBe("south");
    expect(read(says({ code: 1 })).name).toBe("south");
  });

  test("from a folder below, and with stack files elsewhere", () => {
    mkdirSync(join(dir, "a/b"), { recursive: true });
    expect(read(none, "south", join(dir, "a/b")).name).toBe("south");
    writeFileSync(join(dir, "Pulumi.yaml"), "name: multiwan\nruntime: nodejs\nstackConfigDir: a\n");
    expect(() => read(none, "south")).toThrow(/no file Pulumi\.south\.yaml in .*\/a$/);
  });

  test("no project is told so", () => {
    expect(() => read(none, undefined, tmpdir())).toThrow(/no Pulumi\.yaml in .* or above/);
  });
});

describe("what it says", () => {
  test("all faults come at once, as in a preview", () => {
    write("north", { host: "172.16.1.1", port: 0 }, { "multiwan:site": { ...seed, default: "wan_too" } });
    expect(read).toThrow(
      [
        "Pulumi.north.yaml has 2 faults:",
        "  multiwan:router.port: must be 1 to 65535",
        '  multiwan:site.default: there is no link "wan_too"; did you mean wan_two?',
      ].join("\n"),
    );
  });

  test("a site may be declared by the program instead", () => {
    write("north", ROUTER, {});
    expect(read().site).toBeUndefined();
    write("north", null, {});
    expect(read).toThrow("multiwan:router: is not set");
  });

  test("a file that is no YAML is named with the line, and none of its text", () => {
    writeFileSync(join(dir, "Pulumi.north.yaml"), "config:\n  multiwan:router: {password: hunter2\n  x: [\n");
    expect(read).toThrow(/^cannot read .*Pulumi\.north\.yaml: .* \(line \d\)$/);
    expect(read).not.toThrow(/hunter2/);
  });
});

describe("secrets", () => {
  const decrypted = JSON.stringify({
    "multiwan:router": { value: "{}", objectValue: { ...ROUTER, password: "hunter2" }, secret: true },
    "multiwan:site": { value: "{}", objectValue: seed, secret: false },
  });

  test("are found at any depth", () => {
    expect(secretPaths({ a: SECRET, b: [1, { c: SECRET }], d: { secure: 1 } }, "x")).toEqual(["x.a", "x.b[1].c"]);
  });

  test("without any the CLI is not asked to decrypt", () => {
    write("north");
    const asked: string[] = [];
    read((args) => {
      asked.push(args[0]!);
      return { code: 0, stdout: "north", stderr: "" };
    });
    expect(asked).toEqual(["stack"]);
  });

  test("come from the CLI", () => {
    write("north", { ...ROUTER, password: SECRET });
    const asked: (readonly string[])[] = [];
    const pulumi: Pulumi = (args) => {
      asked.push(args);
      return { code: 0, stdout: decrypted, stderr: "" };
    };
    expect(read(pulumi, "north").settings.password).toBe("hunter2");
    expect(asked).toEqual([["config", "--json", "--show-secrets", "--stack", "north"]]);
  });

  test("a whole group may be one", () => {
    write("north", SECRET);
    expect(read(says({ stdout: decrypted }), "north").settings.password).toBe("hunter2");
  });

  test("the CLI's own complaint is handed on", () => {
    write("north", { ...ROUTER, password: SECRET });
    expect(() => read(says({ code: 1, stderr: "error: passphrase must be set\n" }), "north")).toThrow(
      "pulumi config, which decrypts multiwan:router.password, failed: \n  error: passphrase must be set",
    );
  });

  test("without a CLI a key file or an agent does, and the person is told", () => {
    write("north", { ...ROUTER, password: SECRET, privateKeyFile: "~/.ssh/id" });
    const note = "multiwan:router.password cannot be decrypted without pulumi on PATH: the key file is used";
    expect(read()).toMatchObject({ settings: { privateKeyFile: "~/.ssh/id" }, notes: [note] });
    expect(read().settings.password).toBeUndefined();
    write("north", { ...ROUTER, privateKey: SECRET, privateKeyPassword: SECRET });
    env.SSH_AUTH_SOCK = "/tmp/agent";
    expect(read().notes).toEqual([
      "multiwan:router.privateKey, multiwan:router.privateKeyPassword cannot be decrypted without pulumi on PATH: the ssh-agent is used",
    ]);
  });

  test("without anything else to log in with, that is the end", () => {
    write("north", { ...ROUTER, password: SECRET });
    expect(read).toThrow(
      "multiwan:router.password: a secret, which only the Pulumi CLI can decrypt, and there is no pulumi on PATH. Install it, or log in with privateKeyFile or an ssh-agent",
    );
    write("north", { ...ROUTER, privateKeyFile: "~/.ssh/id", privateKeyPassword: SECRET });
    expect(read).toThrow(/Install it, or log in/);
    write("north", { ...ROUTER, host: SECRET, privateKeyFile: "~/.ssh/id" });
    expect(read).toThrow(/^multiwan:router\.host: a secret, .* Install it$/);
  });
});
