/** Where errors about a resource say that the fault stands: places that the site really has. */
import { expect, test } from "@jest/globals";
import { failuresOf } from "../../provider/lifecycle/failures.ts";
import { checkSite } from "../../provider/site/check.ts";
import { compose } from "../../provider/site/compose.ts";
import { placeOf } from "../../provider/site/faults.ts";
import { type Places, placesOf } from "../../provider/site/places.ts";
import { siteSchema } from "../../provider/site/schema.ts";
import { seed } from "./seed.ts";

const written = {
  ...seed,
  servers: { ...(seed.servers as object), server1: { address: "172.16.1.131", via: "wan_two" } },
  links: { ...seed.links, wan_two: { ...seed.links.wan_two, aliases: ["216.111.1.99"] } },
};
const checked = checkSite(written);
if ("faults" in checked) throw new Error(JSON.stringify(checked.faults));
const composed = compose(checked.site, "site");
const places = (name: string): Places => placesOf(checked.site, composed.find((r) => r.name === name)!);

/** Follows a path through what was written; a name that the schema knows may have been left out. */
function leads(path: readonly (string | number)[]): boolean {
  const [top = ""] = path;
  if (!(top in siteSchema.shape)) return path.length === 0;
  let value: unknown = written;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return false;
    if (!(key in value)) return path.length === 1 || path[0] === "links";
    value = (value as Record<string | number, unknown>)[key];
  }
  return true;
}

test("every place of every resource is one of the site", () => {
  const all = composed.flatMap((r) => Object.values(placesOf(checked.site, r)));
  expect(all.length).toBeGreaterThan(30);
  expect(all.filter((path) => !leads(path))).toEqual([]);
});

test("an argument that follows from a name, another resource or a list has the place of what the user wrote", () => {
  expect(places("site-wan_two-table")).toMatchObject({ name: ["links", "wan_two"], "lan.0": ["lan"] });
  expect(places("site-wan_two-rule")).toMatchObject({ mask: ["mask"] });
  expect(places("site-server1-via")).toMatchObject({
    priority: ["sourcePriority"],
    table: ["servers", "server1", "via"],
  });
  expect(places("site-default")).toMatchObject({ metric: ["defaultMetric"] });
  const { args } = composed.find((r) => r.name === "site-wan_two-link")!;
  const { addresses } = args as { addresses: string[] };
  const at = (address: string) => places("site-wan_two-link")[`addresses.${addresses.indexOf(address)}`];
  expect(at("216.111.1.10")).toEqual(["links", "wan_two", "address"]);
  expect(at("216.111.1.99")).toEqual(["links", "wan_two", "aliases", 0]);
  expect(at("216.111.1.12")).toEqual(["publish", 4, "address"]);
  expect(places("site-servers")).toMatchObject({ "entries.2": ["publish", 1, "tcp", 1], forward: ["forward"] });
});

test("the longest beginning of an issue's path that has a place counts, and the rest follows", () => {
  const given = {
    declaredAt: "multiwan:site.publish",
    places: Object.fromEntries(
      Object.entries(places("site-servers")).map(([key, path]) => [key, placeOf(path, "multiwan:site")]),
    ),
  };
  const reason = (path: (string | number)[]) => failuresOf(given, [{ path, message: "x" }])[0]!.reason;
  expect(reason(["hairpin", 0, "device"])).toBe("multiwan:site.lan.device: x");
  expect(reason(["entries", 2])).toBe("multiwan:site.publish[1].tcp[1]: x");
  expect(reason(["other"])).toBe("multiwan:site.publish.other: x");
  expect(reason([])).toBe("multiwan:site.publish: x");
  expect(reason(["map"])).toBe("multiwan:site: x");
  const both = { declaredAt: "s", places: { lan: "s.lans", "lan.1": "s.lan[1]" } };
  expect(failuresOf(both, [{ path: ["lan", 1, "device"], message: "x" }])[0]!.reason).toBe("s.lan[1].device: x");
  expect(failuresOf(both, [{ path: ["lan", 0], message: "x" }])[0]!.reason).toBe("s.lans[0]: x");
  expect(failuresOf({}, [{ path: ["entries", 2, "port"], message: "x" }])[0]!.reason).toBe("entries[2].port: x");
});
