import { describe, expect, test } from "@jest/globals";
import type * as pulumi from "@pulumi/pulumi";
import { MultiWan, Router } from "../../provider/index.ts";
import { checkSite } from "../../provider/site/check.ts";
import { compose } from "../../provider/site/compose.ts";
import { type Registered, registered } from "../resources/mocks.ts";
import { seed } from "./seed.ts";

const COMPONENT = "multiwan:index:MultiWan";

describe("MultiWan", () => {
  test("registers what the site is composed of, below itself", async () => {
    const result = checkSite(seed);
    if ("faults" in result) throw new Error("the seed has faults");
    const [component, ...children] = byName(await registered(() => new MultiWan("site", seed)), "site");
    expect(component).toMatchObject({ type: COMPONENT, name: "site", inputs: {} });
    expect(children.map(({ type, name, parent }) => `${type} ${name} ${parent}`).sort()).toEqual(
      compose(result.site, "site")
        .map(({ kind, name }) => `pulumi-nodejs:dynamic/multiwan:${kind} ${name} site`)
        .sort(),
    );
  });

  test("hands over arguments and dependencies as composed", async () => {
    const result = checkSite(seed);
    if ("faults" in result) throw new Error("the seed has faults");
    const seen = await registered(() => new MultiWan("site", seed));
    for (const { kind, name, args, dependsOn, at } of compose(result.site, "site")) {
      const one = seen.find((r) => r.name === name);
      const { siblings: _, ...inputs } = one?.inputs ?? {};
      expect(inputs).toEqual({
        ...args,
        owner: `shop/prod/${kind}/${name}`,
        parents: ["multiwan:index:MultiWan site"],
        together: expect.arrayContaining(compose(result.site, "site").map((r) => `shop/prod/${r.kind}/${r.name}`)),
        declaredAt: ["site", ...at].join("."),
        places: expect.objectContaining({ replace: "site.replace" }),
        __provider: expect.stringContaining(`.${kind};`),
      });
      expect(one?.dependencies).toEqual([...dependsOn].sort());
    }
  });

  test("tells those that are checked first what all of them are given", async () => {
    const seen = (await registered(() => new MultiWan("site", seed))).filter(
      ({ inputs }) => inputs.owner !== undefined,
    );
    const told = seen.filter(({ inputs }) => inputs.siblings !== undefined);
    expect(told.map(({ name }) => name).sort()).toEqual(
      ["site-boot", "site-wan_one-link", "site-wan_one-table", "site-wan_two-link", "site-wan_two-table"].sort(),
    );
    const given = seen.map(({ type, inputs: { siblings: _, __provider: __, together: ___, ...inputs } }) => [
      type.split(":").at(-1),
      inputs,
    ]);
    const inOrder = (all: unknown[][]) => all.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    const owner = ([, inputs]: unknown[]) => (inputs as { owner: string }).owner;
    const bySameOwner = (all: unknown[][]) => inOrder(all.map((one) => [owner(one), ...one]));
    for (const { inputs } of told) expect(bySameOwner(JSON.parse(String(inputs.siblings)))).toEqual(bySameOwner(given));
  });

  test("puts its children on the router it is given", async () => {
    const seen = await registered(() => {
      const north = new Router("north", { host: "10.0.0.1" });
      new MultiWan("site", seed, { provider: north });
    });
    const children = seen.filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic/"));
    expect(children.length).toBeGreaterThan(0);
    expect(children.filter(({ provider }) => !provider?.includes("::north::"))).toEqual([]);
  });

  test("two of them in one program do not meet", async () => {
    const seen = await registered(() => {
      new MultiWan("north", seed);
      new MultiWan("south", seed);
    });
    const owners = seen.map(({ inputs }) => inputs.owner).filter((owner) => owner !== undefined);
    expect(new Set(owners).size).toBe(owners.length);
  });

  test("tells its links, published services and default", async () => {
    const told: Record<string, unknown> = {};
    await registered(() => {
      const { links, published, default: main, via } = new MultiWan("site", seed);
      for (const [key, output] of Object.entries({ links, published, main, via }))
        (output as pulumi.Output<unknown>).apply((value) => {
          told[key] = value;
        });
    });
    expect(told).toEqual({
      links: {
        wan_one: { device: "eth1", gateway: "149.99.251.145", mark: "0x1", table: 1 },
        wan_two: { device: "eth2", gateway: "66.119.160.1", mark: "0x2", table: 2 },
      },
      published: [
        "tcp 123.234.1.11:1494 -> server1 172.16.1.131 (wan_one)",
        "tcp 123.234.1.12:25 -> server2 172.16.1.130 (wan_one)",
        "tcp 123.234.1.12:80 -> server2 172.16.1.130 (wan_one)",
        "tcp 123.234.1.13:80 -> server3 172.16.1.140 (wan_one)",
        "tcp 216.111.1.11:1494 -> server1 172.16.1.131 (wan_two)",
        "tcp 216.111.1.12:25 -> server2 172.16.1.130 (wan_two)",
      ],
      main: "wan_one",
      via: {},
    });
  });

  test("refuses a bad site in one error without a stack trace, before any resource", async () => {
    const bad = { ...seed, default: "wan_on", hairpin: "yes" } as unknown as typeof seed;
    const names: string[] = [];
    const refusal = registered(() => {
      names.push("site");
      new MultiWan("site", bad);
    });
    await expect(refusal).rejects.toMatchObject({
      message: [
        "The site site has faults:",
        '  site.default: there is no link "wan_on"; did you mean wan_one?',
        '  site.hairpin: must be true or false, not "yes"',
      ].join("\n"),
      __pulumiRunError: true,
    });
  });
});

function byName(seen: readonly Registered[], first: string): Registered[] {
  return seen.toSorted((a, b) => Number(b.name === first) - Number(a.name === first));
}
