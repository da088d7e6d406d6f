/** A router whose systemd-networkd would delete what is ours: named, and on request told not to. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { NETWORKD_DROP_IN } from "../../provider/coexistence/networkd.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";

const { path, text } = NETWORKD_DROP_IN;
const NAMED = "networkd: keep-foreign, in the site or a BootConfig, writes /etc/systemd/networkd.conf.d/multiwan.conf";
const LATER = `${path} takes effect when systemd-networkd next starts, and nothing here restarts it`;

describe("beside systemd-networkd", () => {
  let lab: Lab;
  let stack: Direct;
  let dump: string;
  let site: Direct["site"];
  beforeAll(async () => {
    lab = await startLab();
    // The kernel's name of a process is its file's.
    await lab.router.exec("cp $(command -v sleep) /run/systemd-networkd; /run/systemd-networkd 1000 >/dev/null 2>&1 &");
    dump = await lab.router.dump();
    stack = await direct(lab);
    site = stack.site;
  });
  afterAll(() => lab?.stop());

  test("without the setting it is named, with what to set; nothing is written", async () => {
    const run = await stack.up();
    succeeded(run);
    expect(run.text).toContain(NAMED);
    expect(run.text).not.toContain(LATER);
    expect(await lab.router.exec(`ls ${path} 2>&1 || :`)).toContain("No such file");
  });

  test("with it the preview shows the file, and the run that writes it says when it counts", async () => {
    stack.site = { ...site, networkd: "keep-foreign" };
    const seen = await stack.preview();
    expect(seen.ops["site-boot"]).toBe("update");
    expect(seen.text).toContain(LATER);
    succeeded(await stack.up());
    expect(await lab.router.exec(`cat ${path}; stat -c '%a %U' ${path}`)).toBe(`${text}644 root\n`);
    const second = await stack.up();
    expect(second.text).toBe("");
    expect(new Set(Object.values(second.ops))).toEqual(new Set(["same"]));
  });

  test("who edits it is shown as drift", async () => {
    await lab.router.exec(`sed -i s/Routes=no/Routes=yes/ ${path}`);
    const { drift } = await stack.preview();
    expect(drift.join("\n")).toMatch(/ManageForeignRoutes=yes/);
    succeeded(await stack.up());
    expect(await lab.router.exec(`cat ${path}`)).toBe(text);
  });

  test("taken back, the file goes; with the stack everything goes", async () => {
    stack.site = site;
    succeeded(await stack.up());
    expect(await lab.router.exec(`ls ${path} 2>&1 || :`)).toContain("No such file");
    stack.site = { ...site, networkd: "keep-foreign" };
    succeeded(await stack.up());
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(dump);
  });

  test("a file of somebody else's is refused", async () => {
    await lab.router.exec(`mkdir -p ${path.replace(/\/[^/]*$/, "")}; echo '[Network]' >${path}`);
    const { failures } = await stack.preview();
    expect(failures["site-boot"]).toBe(`multiwan:site.networkd: the router has a foreign file ${path}`);
    await lab.router.exec(`rm ${path}`);
  });
});
