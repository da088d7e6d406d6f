/** `multiwan diagram`: files, formats and refusals. No router is asked. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Graph } from "../../provider/diagram/graph.ts";
import { type Operator, operatorOf } from "../cli/command.ts";
import { labSite } from "../drive/index.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { all, parseXml, textOf } from "./xml.ts";

let lab: Lab;
let op: Operator;
beforeAll(async () => {
  lab = await startLab();
  op = operatorOf(lab);
});
afterAll(async () => {
  expect(await lab.router.handshakes()).toBe(0);
  op?.[Symbol.dispose]();
  await lab?.stop();
});
beforeEach(() => op.write({ "multiwan:router": op.router, "multiwan:site": labSite() }));

const written = (file: string) => readFileSync(join(op.dir, file), "utf8");

describe("the site", () => {
  test("as SVG on stdout, and the same into a file", async () => {
    const { code, stdout } = await op.multiwan("diagram");
    expect(code).toBe(0);
    const root = parseXml(stdout);
    expect(textOf(all(root, "title")[0]!)).toBe("multiwan / lab");
    const ended = await op.multiwan("diagram", "--output", "site.svg");
    expect(ended).toEqual({ code: 0, stdout: "", stderr: "written to site.svg\n" });
    expect(written("site.svg")).toBe(stdout);
  });

  test("as Mermaid, into Markdown with its fence", async () => {
    const { stdout } = await op.multiwan("diagram", "--format", "mermaid");
    expect(stdout).toMatch(/^---\ntitle: "multiwan \/ lab"\n---\nflowchart LR\n/);
    await op.multiwan("diagram", "-o", "site.mmd");
    expect(written("site.mmd")).toBe(stdout);
    await op.multiwan("diagram", "-o", "site.md");
    expect(written("site.md")).toBe(`\`\`\`mermaid\n${stdout}\`\`\`\n`);
  });

  test("as JSON", async () => {
    const graph = await op.json<Graph>("diagram");
    expect(graph).toMatchObject({ exitCode: 0, links: ["wan_one", "wan_two"], router: { title: "Router" } });
    expect(await op.json("diagram", "-o", "x.svg")).toEqual({ exitCode: 0, file: "x.svg", format: "svg" });
  });
});

describe("a packet", () => {
  test("with the words of a flow, in quotes or not", async () => {
    const graph = await op.json<Graph>(..."diagram tcp 198.51.100.20 to 216.111.1.11:1494".split(" "));
    expect(graph.way).toMatchObject({
      title: "tcp 198.51.100.20 -> 216.111.1.11:1494",
      legs: [
        { name: "request", outcome: "reaches server1" },
        { name: "reply", outcome: "leaves by wan_two" },
      ],
    });
    expect(await op.json("diagram", "tcp 198.51.100.20 -> 216.111.1.11:1494")).toEqual(graph);
  });

  test("that is not clear is refused", async () => {
    const { code, stderr, stdout } = await op.multiwan(..."diagram tcp to 216.111.1.11".split(" "));
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("the packet is not clear: say the port: tcp to 216.111.1.11:80");
  });
});

test("without a site there is nothing to draw", async () => {
  op.write({ "multiwan:router": op.router });
  const { code, stderr } = await op.multiwan("diagram");
  expect(code).toBe(2);
  expect(stderr).toMatch(/^multiwan: there is no site to draw: .*Pulumi\.lab\.yaml has no multiwan:site\. /);
});

test("a file that says no format, or cannot be written, is refused", async () => {
  expect(await op.multiwan("diagram", "-o", "site.png")).toMatchObject({
    ...{ code: 2, stderr: "multiwan: site.png: say --format, or name it .svg, .mmd or .md\n" },
  });
  const { code, stderr } = await op.multiwan("diagram", "-o", "no/where.svg");
  expect([code, stderr]).toEqual([2, expect.stringContaining("cannot write no/where.svg: ENOENT")]);
});
