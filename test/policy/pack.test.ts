/** The pack as `pulumi preview --policy-pack` runs it, with the real CLI and without a network. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Drive, drive, hasPulumi, labSite } from "../drive/index.ts";
import { type Lab, startLab } from "../lab/index.ts";

const real = hasPulumi();
const PACK = fileURLToPath(new URL("../../policy", import.meta.url));

test("the pack has the package's version: both come together", () => {
  const version = (file: string) => JSON.parse(readFileSync(join(PACK, file), "utf8")).version;
  expect(version("package.json")).toBe(version("../package.json"));
});

(real ? describe : describe.skip)(`with the real CLI${real ? "" : " (there is none on PATH)"}`, () => {
  let lab: Lab;
  let stack: Drive;
  const folder = mkdtempSync(join(tmpdir(), "multiwan-policy-"));
  beforeAll(async () => {
    lab = await startLab();
    stack = drive(lab, { engine: "pulumi" });
  });
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    await lab?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("a site that breaks the rules is refused by their names, and one that holds them is previewed", async () => {
    const site = labSite();
    const broken = await stack.preview("--policy-pack", PACK);
    expect(broken.code).not.toBe(0);
    expect(broken.text).toContain("[mandatory]  mask-not-full");
    expect(broken.text).toContain("[mandatory]  probe-paths");
    expect(broken.text).not.toContain("no-published-management");
    const { mask: _, ...others } = site;
    stack.site = others;
    stack.router = { ...stack.router, probe: { paths: ["172.16.1.1"] } };
    const held = await stack.preview("--policy-pack", PACK);
    expect(held).toMatchObject({ code: 0, text: expect.stringContaining("multiwan@v") });
    stack.site = site;
    const settings = join(folder, "settings.json");
    writeFileSync(settings, JSON.stringify({ "mask-not-full": { alone: [String(stack.router.host)] } }));
    const alone = await stack.preview("--policy-pack", PACK, "--policy-pack-config", settings);
    expect(alone).toMatchObject({ code: 0 });
  }, 300_000);
});
