/** Settings under names of earlier versions. */
import { expect, jest, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { FwmarkRule, MultiWan } from "../../provider/index.ts";
import { checkSite } from "../../provider/site/check.ts";
import { sayOldName } from "../../provider/site/old-names.ts";
import type { SiteArgs } from "../../provider/site/schema.ts";
import { labSite } from "../drive/index.ts";
import { registered } from "../resources/mocks.ts";

const LINE = "700: from all fwmark 0x77 lookup 250";

test("adopt is read as replace, and told with its place", () => {
  const checked = checkSite({ ...labSite(), adopt: [LINE] });
  if ("faults" in checked) throw new Error(JSON.stringify(checked.faults));
  expect(checked.site.replace).toEqual([LINE]);
  expect(checked.old.map((name) => sayOldName(name, "multiwan:site"))).toEqual([
    "multiwan:site.adopt is called replace now: rename it; the old name is read until version 1.0",
  ]);
  expect(checkSite({ ...labSite(), replace: [LINE] })).toEqual({ site: checked.site, old: [] });
});

test("a fault under the old name is told under the new one", () => {
  expect(checkSite({ ...labSite(), adopt: [7] })).toMatchObject({ faults: [{ path: ["replace", 0] }] });
});

test("with both names nothing is guessed", () => {
  expect(checkSite({ ...labSite(), adopt: [LINE], replace: [LINE] })).toMatchObject({ faults: [{ path: ["adopt"] }] });
});

test("a checked site is taken as it is, and nobody can change it", () => {
  const checked = checkSite(labSite());
  if ("faults" in checked) throw new Error(JSON.stringify(checked.faults));
  expect(checkSite(checked.site)).toEqual({ site: checked.site, old: [] });
  const [link] = Object.values(checked.site.links) as { id: number }[];
  expect(() => Object.assign(link!, { id: 0 })).toThrow(TypeError);
});

test("programs may use the old name too: what is registered has the new one", async () => {
  const warn = jest.spyOn(pulumi.log, "warn").mockImplementation(async () => {});
  const rule = { mark: 1, table: 101, priority: 4001, adopt: [LINE] };
  const [one] = await registered(() => new FwmarkRule("r", rule));
  expect(one?.inputs).toMatchObject({ replace: [LINE] });
  expect(one?.inputs).not.toHaveProperty("adopt");
  const all = await registered(() => new MultiWan("site", { ...labSite(), adopt: [LINE] } as unknown as SiteArgs));
  expect(all.filter(({ inputs }) => inputs.replace !== undefined).length).toBeGreaterThan(0);
  expect(all.filter(({ inputs }) => inputs.adopt !== undefined)).toEqual([]);
  const told = (at: string) => `${at}.adopt is called replace now: rename it; the old name is read until version 1.0`;
  expect(warn.mock.calls).toEqual([[told("r")], [told("site")]]);
  warn.mockRestore();
});
