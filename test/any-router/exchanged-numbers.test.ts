/**
 * Two links exchange their ids, tables, marks or devices. One run cannot do that under open connections: refused in the preview,
 * with the way, and nothing has drifted. What passes without harm (names, priorities, addresses) does.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { type Direct, direct } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";

type Link = Record<string, unknown> & { id: number };
type Links = Record<"wan_one" | "wan_two", Link>;

let lab: Lab;
let stack: Direct;
let before: Links;
const swap = (key: string): Links => ({
  wan_one: { ...before.wan_one, [key]: before.wan_two[key] },
  wan_two: { ...before.wan_two, [key]: before.wan_one[key] },
});

beforeAll(async () => {
  lab = await startLab();
  await startSite(lab);
  stack = await direct(lab);
  before = {
    wan_one: { ...(stack.site.links as Links).wan_one, table: 1, mark: 1, priority: 1024, fromPriority: 1124 },
    wan_two: { ...(stack.site.links as Links).wan_two, table: 2, mark: 2, priority: 1025, fromPriority: 1125 },
  };
  await stack.deploy();
});
afterAll(() => lab?.stop());

async function refused(links: Links, path: string) {
  const dump = await lab.router.dump();
  const kept = { ...stack.site };
  stack.site = { ...kept, links };
  for (const run of [await stack.preview(), await stack.up()]) {
    expect(run.code).toBe(1);
    expect(run.text).toMatch(new RegExp(`links\\.wan_(one|two)\\.${path}: the packets of eth[12] carry the mark`));
    expect(run.text).toMatch(/an id \(or table and mark\) that no link has/);
    expect(run.text).not.toMatch(/drift/);
  }
  stack.site = kept;
  expect(await lab.router.dump()).toBe(dump);
}

async function applied(links: Links) {
  stack.site = { ...stack.site, links };
  const run = await stack.up();
  succeeded(run);
  expect([run.text, run.drift]).toEqual([expect.not.stringMatching(/drift/), []]);
}

describe("refused in the preview, and the router stays as it is", () => {
  test("ids", async () => {
    const { wan_one, wan_two } = stack.site.links as Links;
    await refused({ wan_one: { ...wan_one, id: 2 }, wan_two: { ...wan_two, id: 1 } }, "table");
  });

  test("ids that move on: one link takes that of another, which takes a new one", async () => {
    const { wan_one, wan_two } = stack.site.links as Links;
    await refused({ wan_one: { ...wan_one, id: 2 }, wan_two: { ...wan_two, id: 3 } }, "table");
  });

  test.each([
    ["tables", "table", "table"],
    ["marks", "mark", "mark"],
  ])("%s", (_, key, path) => refused(swap(key), path));

  test("devices with their gateways", async () => {
    const [one, two] = [swap("device"), swap("gateway")];
    const both = (name: keyof Links) => ({ ...one[name], gateway: two[name].gateway });
    await refused({ wan_one: both("wan_one"), wan_two: both("wan_two") }, "device");
  });
});

test("names are exchanged in one run, where numbers and gateways stay with the device", async () => {
  const publish = stack.site.publish as { link: string }[];
  stack.site = {
    ...stack.site,
    publish: publish.map((one) => ({ ...one, link: one.link === "wan_one" ? "wan_two" : "wan_one" })),
  };
  await applied({ wan_one: before.wan_two, wan_two: before.wan_one });
});

test("priorities are exchanged in one run, and ids link by link, by way of a third", async () => {
  const [one, two] = [
    { ...before.wan_two, priority: 1024, fromPriority: 1124 },
    { ...before.wan_one, priority: 1025, fromPriority: 1125 },
  ];
  await applied({ wan_one: one, wan_two: two });
  const numbered = (link: Link, id: number) => ({ ...link, id, table: id, mark: id });
  await applied({ wan_one: numbered(one, 3), wan_two: two });
  await applied({ wan_one: numbered(one, 3), wan_two: numbered(two, 2) });
  await applied({ wan_one: numbered(one, 1), wan_two: numbered(two, 2) });
});
