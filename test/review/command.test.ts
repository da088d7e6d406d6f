/** `multiwan review` as it is called: files, its own preview, pictures. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Pulumi } from "../../provider/cli/stack/pulumi.ts";
import { BIN } from "../cli/command.ts";
import { file, review } from "./called.ts";
import { commentFor, recordedText } from "./comments.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "multiwan-review-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const here = (name: string) => join(dir, name);

describe("files", () => {
  test("the comment on stdout, into a file, and with more sites in one", async () => {
    expect(await review([file("switch")])).toEqual({ code: 0, out: commentFor(["switch"]), err: "" });
    expect(await review([file("switch"), "--output", here("review.md")])).toEqual({ code: 0, out: "", err: "" });
    expect(readFileSync(here("review.md"), "utf8")).toBe(commentFor(["switch"]));
    const two = commentFor(["branch", "switch"]);
    expect((await review([file("switch"), file("branch")])).out).toBe(two);
    expect((await review([file("branch"), file("switch")])).out).toBe(two);
  });

  test("nothing changes: exit code 0; refused: 1, and the comment is there all the same", async () => {
    expect((await review([file("nothing")])).code).toBe(0);
    expect(await review([file("refused")])).toEqual({ code: 1, out: commentFor(["refused"]), err: "" });
    expect((await review([file("switch"), file("refused")])).code).toBe(1);
  });

  test("an empty one is a site whose preview did not begin, named by the file", async () => {
    writeFileSync(here("south.json"), "");
    const { code, out } = await review([here("south.json"), file("switch")]);
    expect(code).toBe(1);
    expect(out).toContain("**`south`**: cannot be applied: `the preview has printed nothing: its log says why`");
    expect(out).toContain("**`headquarters`**: default moves");
  });

  test("one of a preview that ended with an error of which its JSON says nothing: exit code 1", async () => {
    const { code, out } = await review(["--failed", file("switch")]);
    expect(code).toBe(1);
    expect(out).toContain(
      "**`headquarters`**: cannot be applied: `the preview ended with an error that is not in its JSON,",
    );
    expect(out).toContain("such as a policy that is violated");
    expect((await review(["--failed", file("refused")])).out).toBe(commentFor(["refused"]));
    // What the CLI says where a mandatory policy is violated: of which one its JSON tells nothing.
    const bare = { severity: "error", message: "error: preview failed\n" };
    const violated = JSON.parse(recordedText("switch")) as { diagnostics: object[] };
    writeFileSync(here("violated.json"), JSON.stringify({ ...violated, diagnostics: [...violated.diagnostics, bare] }));
    for (const argv of [["--failed", here("violated.json")], [here("violated.json")]]) {
      const told = await review(argv);
      expect(told).toMatchObject({
        code: 1,
        out: expect.stringContaining("such as a policy that is violated: its log says which"),
      });
      expect(told.out).not.toContain("preview failed");
    }
    const refused = JSON.parse(recordedText("refused")) as { diagnostics: object[] };
    writeFileSync(here("refused.json"), JSON.stringify({ ...refused, diagnostics: [...refused.diagnostics, bare] }));
    expect((await review([here("refused.json")])).out).toBe(commentFor(["refused"]));
  });

  test("standard input, of a preview that takes its time", async () => {
    const child = spawn(process.execPath, [BIN, "review", "-"], { stdio: ["pipe", "pipe", "inherit"] });
    const out = text(child.stdout);
    await sleep(1500);
    child.stdin.end(recordedText("switch"));
    expect(await out).toBe(commentFor(["switch"]));
  });

  test("one that is missing, or no preview: exit code 2 and why", async () => {
    expect(await review([here("no.json")])).toMatchObject({ code: 2, err: expect.stringContaining("cannot read") });
    writeFileSync(here("other.json"), "{}");
    expect((await review([here("other.json")])).err).toBe(
      `multiwan: ${here("other.json")} is JSON, but not what pulumi preview --json prints\n`,
    );
    expect((await review([file("switch"), "--save-plan", "x"])).code).toBe(2);
    expect((await review([file("switch"), "--key", "a b"])).code).toBe(2);
  });

  describe("--plan", () => {
    const plan = (name: string, stack: string, settings?: object) => {
      const urn = `urn:pulumi:${stack}::multiwan::pulumi:providers:pulumi-nodejs::default`;
      const all = settings && { is: { [urn]: settings }, was: { [urn]: { host: "192.168.99.1" } } };
      const multiwan = { format: 1, state: {}, ...(all && { settings: all }) };
      writeFileSync(here(name), JSON.stringify({ resourcePlans: { [urn]: { steps: ["same"] } }, multiwan }));
      return here(name);
    };
    const ways = { host: "192.168.99.1", confirmTimeout: 120, probe: { paths: ["192.0.2.2"] } };
    const flat = { host: "192.168.99.1", confirmTimeout: 120, "probe.paths": ways.probe.paths };

    test("tells settings that change, alone and beside lines", async () => {
      const { code, out } = await review([file("nothing"), "--plan", plan("p.json", "headquarters", flat)]);
      expect(code).toBe(0);
      expect(out).toContain("**`headquarters`**: Setting `confirmTimeout`: is set to `120`\n");
      expect(out).toContain('- Setting `probe.paths`: is set to `["192.0.2.2"]`\n');
      const both = await review([file("switch"), "--plan", plan("p.json", "headquarters", flat)]);
      expect(both.out).toContain("- Setting `confirmTimeout`: is set to `120`\n");
      expect(both.out).toContain("**`headquarters`**: default moves from `wan_one` to `wan_two`; proof");
    });

    test("of an older version tells nothing, and one of another stack is refused", async () => {
      expect((await review([file("switch"), "--plan", plan("p.json", "headquarters")])).out).toBe(
        commentFor(["switch"]),
      );
      expect(await review([file("switch"), "--plan", plan("p.json", "south", flat)])).toMatchObject({
        code: 2,
        err: expect.stringContaining("is a plan of multiwan/south, and no preview is of that stack"),
      });
      expect((await review(["--plan", here("p.json")])).code).toBe(2);
    });
  });

  test("--json has the review, --svg the picture: one file each where there are several sites", async () => {
    const { out } = await review([file("switch"), "--json", "--svg", here("one.svg")]);
    expect(JSON.parse(out)).toMatchObject({
      sites: [{ name: "headquarters", outcome: "changes", default: { to: "wan_two" } }],
    });
    expect(readFileSync(here("one.svg"), "utf8")).toContain("default from now on");
    const { err } = await review([
      file("switch"),
      file("branch"),
      file("nothing"),
      "--svg",
      here("all.svg"),
      "-o",
      here("x.md"),
    ]);
    expect(readFileSync(here("all-branch.svg"), "utf8")).toContain("switched");
    expect(err).toBe("headquarters: no picture, because nothing changes\n");
  });
});

describe("its own preview", () => {
  beforeAll(() => {
    writeFileSync(here("Pulumi.yaml"), "name: multiwan\nruntime: nodejs\n");
    writeFileSync(here("Pulumi.headquarters.yaml"), "config: {}\n");
  });
  const asked: (readonly string[])[] = [];
  const pulumi =
    (answer: { code: number; stdout: string; stderr: string }): Pulumi =>
    (args) => {
      asked.push(args);
      return answer;
    };

  test("of the stack that is meant, with its plan", async () => {
    const answer = pulumi({ code: 0, stdout: recordedText("switch"), stderr: "" });
    const argv = ["-C", dir, "-s", "headquarters", "--save-plan", here("plan.json")];
    expect((await review(argv, { pulumi: answer })).out).toBe(commentFor(["switch"]));
    expect(asked.at(-1)).toEqual(["preview", "--json", "--save-plan", here("plan.json"), "--stack", "headquarters"]);
  });

  test("refused: exit code 1 with the comment; one that did not begin: 2 with what it said", async () => {
    const refused = pulumi({ code: 1, stdout: recordedText("refused"), stderr: "" });
    expect(await review(["-C", dir], { pulumi: refused })).toMatchObject({ code: 1, out: commentFor(["refused"]) });
    const none = pulumi({ code: 255, stdout: "", stderr: "error: no stack named 'headquarters' found\n" });
    expect(await review(["-C", dir, "-s", "headquarters"], { pulumi: none })).toMatchObject({
      code: 2,
      err: expect.stringContaining("no stack named"),
    });
    const policy = pulumi({ code: 255, stdout: recordedText("switch"), stderr: "error: preview failed" });
    expect(await review(["-C", dir], { pulumi: policy })).toMatchObject({
      code: 1,
      out: expect.stringContaining("preview failed"),
    });
    expect((await review(["-C", dir])).err).toContain("there is no pulumi on PATH");
  });
});
