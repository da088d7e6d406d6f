import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parseFragment } from "../../provider/dialects/fragment.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct, type Stored } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";

interface Recorded {
  readonly state: readonly Stored[];
  readonly manifest: string;
  readonly boot: string;
  /** rt_tables. */
  readonly files: string;
}

/** What the version of that commit left: in the state, in the manifest and on the disk. */
const recorded = JSON.parse(
  readFileSync(new URL("recorded/fe995a1.json", import.meta.url), "utf8"),
) as unknown as Recorded;

describe("a router and a state that an older version has left", () => {
  let lab: Lab;
  let stack: Direct;
  let fresh: string;
  beforeAll(async () => {
    lab = await startLab({ foreign: false, defaultRoute: "default via 66.119.160.1 dev eth2" });
    await lab.router.exec("ip rule add pref 700 from all fwmark 0x77 lookup 250; ip addr add 123.234.1.11/32 dev eth1");
    fresh = await lab.router.dump();
    await lab.router.exec("ip rule del pref 700");
    const boot = recorded.state.find(({ kind }) => kind === "BootConfig")!;
    const write = (path: string, text: string, mode: string) => `mkdir -p ${path.replace(/\/[^/]*$/, "")}
${mode === "link" ? `ln -sf ${text.trim()} ${path}` : `echo ${Buffer.from(text).toString("base64")} | base64 -d >${path}; chmod ${mode} ${path}`}`;
    const files = parseFragment((boot.outs.config as string).trimEnd()).flatMap((line) =>
      line.kind === "file" ? [write(line.path, line.text, line.mode)] : [],
    );
    await lab.router.exec(
      [
        ...files,
        write("/etc/multiwan/boot", recorded.boot, "0644"),
        write("/etc/iproute2/rt_tables", recorded.files, "0644"),
        "sh /etc/multiwan/load",
      ].join("\n"),
    );
    stack = await direct(lab);
    const router = `127.0.0.1:${stack.router.port}`;
    stack.site = { ...stack.site, adopt: ["700: from all fwmark 0x77 lookup 250"] };
    stack.state = new Map(recorded.state.map((one) => [one.name, { ...one, outs: { ...one.outs, router } }]));
  });
  afterAll(() => lab?.stop());

  test("the boot file brought back the manifest of that version, the next run adds what is new in this one, and the one after is quiet", async () => {
    expect(await lab.router.exec("cat /run/multiwan/manifest")).toBe(recorded.manifest);
    const run = await stack.up();
    expect(run.text).toBe("");
    expect(run.drift).toEqual([]);
    // Rules that ask the main table for networks inside.
    const updated = Object.keys(run.ops).filter((name) => run.ops[name] !== "same");
    expect(updated).toEqual(["site-wan_one-link", "site-wan_two-link"]);
    const again = await stack.up();
    expect([again.text, again.drift]).toEqual(["", []]);
    expect(new Set(Object.values(again.ops))).toEqual(new Set(["same"]));
  });

  test("what it remembers is given back on destroy", async () => {
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(fresh);
  });
});
