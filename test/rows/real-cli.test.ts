import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Drive, drive, hasPulumi } from "../drive/index.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { DOORS, succeeded, through, visit } from "./helpers.ts";

const real = hasPulumi();

(real ? describe : describe.skip)(`the same with the real Pulumi CLI${real ? "" : " (there is none on PATH)"}`, () => {
  let lab: Lab;
  let stack: Drive;
  let before: string;
  beforeAll(async () => {
    lab = await startLab();
    await startSite(lab);
    stack = drive(lab, { engine: "pulumi" });
    before = await lab.router.dump();
  });
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    await lab?.stop();
  });

  test("a preview shows the lines and writes nothing; an up logs in twice and opens both doors", async () => {
    const { text } = await stack.preview("--diff");
    expect(text).toContain("1024: from all fwmark 0x1 lookup wan_one");
    expect(await lab.router.handshakes()).toBe(1);
    expect(await lab.router.dump()).toBe(before);
    succeeded(await stack.up());
    expect(await lab.router.handshakes()).toBe(3);
    expect(await lab.connect(DOORS.one)).toMatchObject(through("isp1"));
    expect(await lab.connect(DOORS.two)).toMatchObject(through("isp2"));
  });

  test("a second up changes nothing and writes nothing", async () => {
    const dump = await lab.router.dump();
    const watch = await lab.router.watchWrites();
    const { text } = await stack.up("--skip-preview");
    expect(await watch.stop()).toEqual([]);
    expect(text).toMatch(/\d+ unchanged/);
    expect(text).not.toMatch(/updated|created|deleted/);
    expect(await lab.router.dump()).toBe(dump);
    expect(await lab.router.handshakes()).toBe(4);
  });

  test("a rule deleted by hand shows in a plain preview; the next up mends it", async () => {
    const rules = await lab.router.exec("ip rule show");
    await lab.router.exec("ip rule del pref 1025");
    expect((await stack.preview()).text).toContain("missing: 1025: from all fwmark 0x2 lookup wan_two");
    expect((await stack.preview("--diff")).text).toContain("missing: 1025: from all fwmark 0x2 lookup wan_two");
    succeeded(await stack.up("--skip-preview"));
    expect(await lab.router.exec("ip rule show")).toBe(rules);
  });

  test("one word moves the default", async () => {
    stack.site = { ...stack.site, default: "wan_two" };
    succeeded(await stack.up());
    expect(await visit(lab, "lanhost")).toMatchObject(through("isp2"));
    expect(await lab.connect(DOORS.one)).toMatchObject(through("isp1"));
  });

  test("a destroy leaves the router as it was found", async () => {
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(before);
  });
});
