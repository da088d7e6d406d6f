import { expect, test } from "@jest/globals";
import { drive, labSite } from "../drive/index.ts";
import { start } from "../lab/command.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { thorough } from "../variants.ts";
import { DOORS, succeeded, through } from "./helpers.ts";
import { program } from "./program.ts";

const RULE = `{ mark: 0x1000000, table: 77, priority: 4001 }`;

test("a program of one FwmarkRule puts one rule on the router, and takes it back", async () => {
  await using lab = await startLab();
  using only = program(`import { FwmarkRule } from "pulumi-multiwan";\nnew FwmarkRule("one", ${RULE});\n`);
  await using stack = drive(lab, { project: only.project });
  const before = await lab.router.dump();
  succeeded(await stack.up());
  const rules = await lab.router.exec("ip rule show");
  expect(rules).toContain("4001:\tfrom all fwmark 0x1000000/0xf000000 lookup foreign_vpn");
  succeeded(await stack.destroy());
  expect(await lab.router.dump()).toBe(before);
});

thorough(
  "a resource that is renamed, or moves into a MultiWan and out again, keeps its line all the while",
  async () => {
    await using lab = await startLab();
    await startSite(lab);
    const site = JSON.stringify(labSite());
    const rule = (name: string) =>
      `new FwmarkRule("${name}", { mark: 2, mask: 0xffffffff, table: 2, priority: 1025 }, { dependsOn: table });`;
    const table = `const table = new RoutingTable("two", { table: 2, name: "wan_two", device: "eth2", gateway: "66.119.160.1",
    lan: [{ network: "172.16.1.0/24", device: "eth0" }] });`;
    const head = `import { FwmarkRule, MultiWan, RoutingTable } from "pulumi-multiwan";\n`;
    const alone = (name: string) => `${head}${table}\n${rule(name)}\n`;
    using source = program(alone("old"));
    await using stack = drive(lab, { project: source.project });
    const before = await lab.router.dump();
    succeeded(await stack.up("--skip-preview"));
    const ours = /fwmark 0x2 |default via 66\.119\.160\.1 dev eth2 table (2|wan_two)/;
    const deleted = async (text: string) => {
      source.write(text);
      const watch = await lab.router.watchWrites();
      succeeded(await stack.up("--skip-preview"));
      return (await watch.stop()).filter((line) => /[Dd]eleted/.test(line) && ours.test(line));
    };
    expect(await deleted(alone("new"))).toEqual([]);
    expect(await deleted(`${head}new MultiWan("site", ${site});\n`)).toEqual([]);
    await using held = await lab.connect({ ...DOORS.two, hold: true });
    expect(held).toMatchObject(through("isp2"));
    expect(await deleted(alone("new"))).toEqual([]);
    expect(await lab.router.exec("ip rule show")).toMatch(/^1025:.*fwmark 0x2 lookup wan_two/m);
    succeeded(await stack.destroy("--skip-preview"));
    expect(await lab.router.dump()).toBe(before);
  },
);

test("one program has two routers, each with a provider of its own", async () => {
  await using north = await startLab();
  await using south = await startLab({ iptables: "legacy" });
  const provider = async (name: string, lab: Lab) => {
    const { host, port } = await lab.tunnel();
    const { keyFile, hostKey } = lab.router.ssh;
    const settings = JSON.stringify({ host, port, privateKeyFile: keyFile, hostKey });
    return `const ${name} = new Router("${name}", ${settings});`;
  };
  using source = program(`import { FwmarkRule, Router } from "pulumi-multiwan";
${await provider("north", north)}
${await provider("south", south)}
new FwmarkRule("north", ${RULE}, { provider: north });
new FwmarkRule("south", ${RULE.replace("4001", "4002")}, { provider: south });
`);
  // 127.0.0.1 of this machine, and not of an operator in one of the two labs.
  const here = { ...north, inNamespace: (_: string, argv: readonly string[], options: object) => start(argv, options) };
  await using stack = drive(here as Lab, { project: source.project });
  stack.router = { host: "192.0.2.1" };
  succeeded(await stack.up("--skip-preview"));
  const ours = async (lab: Lab) => (await lab.router.exec("ip rule show")).match(/^400\d:.*$/gm);
  expect(await ours(north)).toEqual(["4001:\tfrom all fwmark 0x1000000/0xf000000 lookup foreign_vpn"]);
  expect(await ours(south)).toEqual(["4002:\tfrom all fwmark 0x1000000/0xf000000 lookup foreign_vpn"]);
  succeeded(await stack.destroy("--skip-preview"));
  expect([await ours(north), await ours(south)]).toEqual([null, null]);
});
