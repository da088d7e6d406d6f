/** What a change breaks: claims of two moments are the same where they are about the same device and addresses. */
import { expect, test } from "@jest/globals";
import { parseFragment } from "../../provider/dialects/fragment.ts";
import { kindOf } from "../../provider/kinds/index.ts";
import type { ChainLine, RouteLine } from "../../provider/model/line.ts";
import type { Snapshot } from "../../provider/model/snapshot.ts";
import { formatManifest, type Manifest } from "../../provider/plan/manifest.ts";
import { brokenBy } from "../../provider/proof/change.ts";
import { checkSite } from "../../provider/site/check.ts";
import { compose } from "../../provider/site/compose.ts";
import { plainRouter, withLines } from "../../provider/site/declared.ts";
import type { Site } from "../../provider/site/schema.ts";
import { routerOf } from "../kinds/routers.ts";
import { seed } from "../site/seed.ts";

function siteOf(written: object): Site {
  const checked = checkSite(written);
  if ("faults" in checked) throw new Error(JSON.stringify(checked.faults));
  return checked.site;
}

/** The site's own router with the site on it, its marking chain emptied or not, and tables called so. */
function after(site: Site, names: readonly (readonly [number, string])[], marks: "marks" | "no marks") {
  const plain = plainRouter(site);
  const entries = compose(site, "site").flatMap(
    ({ kind, name, args }): [string, Manifest extends ReadonlyMap<string, infer Entry> ? Entry : never][] => {
      const { schema, facts, desired } = kindOf(kind);
      const parsed = schema.parse(args);
      return kind === "BootConfig"
        ? []
        : [[`p/s/${kind}/${name}`, { lines: desired(parsed, facts?.(parsed, plain, () => false) ?? {}), found: [] }]];
    },
  );
  const manifest: Manifest = new Map(entries);
  const lines = entries.flatMap(([, { lines }]) => lines);
  const isMarks = (line: ChainLine) => marks === "no marks" && line.table === "mangle";
  const there = lines.map((line) => (line.kind === "chain" && isMarks(line) ? { ...line, rules: [] } : line));
  const tableNames = { ...plain.tableNames, names: new Map(names) };
  const snapshot: Snapshot = {
    ...routerOf(),
    ...plain,
    capabilities: routerOf().capabilities,
    ...withLines(plain, there),
    tableNames,
    manifest: formatManifest(manifest),
  };
  return { snapshot, manifest };
}

const site = siteOf(seed);
const RIGHT = [
  [1, "wan_one"],
  [2, "wan_two"],
] as const;
const fault = (...[before, then]: ReturnType<typeof after>[]) =>
  brokenBy(before!.snapshot, then!.snapshot, then!.manifest).map(({ claim }) => claim.name);

test("an emptied chain that a change does not mend yet is not its doing, whatever the tables are called meanwhile", () => {
  const now = after(site, RIGHT, "no marks");
  expect(fault(after(site, RIGHT, "marks"), now).length).toBeGreaterThan(0);
  for (const names of [
    [],
    [[1, "isp1"]],
    [
      [1, "wan_two"],
      [2, "wan_one"],
    ],
    [[9, "wan_one"]],
  ] as const)
    expect(fault(after(site, names, "no marks"), now)).toEqual([]);
});

test("nor is it where the site gives a link another name", () => {
  const renamed = JSON.parse(JSON.stringify(seed).replaceAll("wan_one", "uplink"));
  expect(fault(after(site, RIGHT, "no marks"), after(siteOf(renamed), RIGHT, "no marks"))).toEqual([]);
});

test("a VPN that takes all that is opened inside took it before the first change as well", () => {
  const tunnel = parseFragment("0.0.0.0/1 via 10.8.0.1 dev tun0\n128.0.0.0/1 via 10.8.0.1 dev tun0") as RouteLine[];
  const withTunnel = (one: Snapshot): Snapshot => ({ ...one, routes: [...one.routes, ...tunnel] });
  const { snapshot, manifest } = after(site, RIGHT, "marks");
  const plain = { ...snapshot, ...plainRouter(site), capabilities: snapshot.capabilities, manifest: "" };
  expect(brokenBy(withTunnel(plain), withTunnel(snapshot), manifest)).toEqual([]);
  // Where it comes with the change, it is the change.
  expect(brokenBy(plain, withTunnel(snapshot), manifest).map(({ claim }) => claim.kind)).toContain("inside");
});
