/** What a stack file says reaches a router as data, or is refused with its place. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { bootConfig } from "../../provider/kinds/boot-config.ts";
import { connmarkChain } from "../../provider/kinds/connmark-chain.ts";
import { defaultRoute } from "../../provider/kinds/default-route.ts";
import { fwmarkRule } from "../../provider/kinds/fwmark-rule.ts";
import type { Kind } from "../../provider/kinds/kind.ts";
import { routingTable } from "../../provider/kinds/routing-table.ts";
import { serverMap } from "../../provider/kinds/server-map.ts";
import { sourceRule } from "../../provider/kinds/source-rule.ts";
import { wanLink } from "../../provider/kinds/wan-link.ts";
import { checkSite, formatFaults } from "../../provider/site/check.ts";
import { compose } from "../../provider/site/compose.ts";
import { seed } from "../site/seed.ts";
import { testingAll } from "../variants.ts";
import { anything, CONTROL, HARMLESS, leaves, replaced, stringsIn } from "./hostile.ts";

/** Each kind with every string argument that it has. */
const KINDS: readonly (readonly [Kind, object])[] = [
  [
    wanLink,
    { linkId: 1, link: "a", device: "eth1", gateway: "10.0.0.1", addresses: ["10.0.0.2"], reversePath: "loose" },
  ],
  [
    routingTable,
    {
      ...{ table: 1, name: "a", device: "eth1", gateway: "10.0.0.1" },
      lan: [{ network: "172.16.1.0/24", device: "eth0" }],
      routes: [{ destination: "10.9.0.0/16", gateway: "10.0.0.3", device: "eth1" }],
    },
  ],
  [fwmarkRule, { mark: "0x1", mask: "0xf", table: 1, tableName: "a", priority: 1024 }],
  [sourceRule, { source: "172.16.1.131", table: 1, tableName: "a" }],
  [defaultRoute, { device: "eth1", gateway: "10.0.0.1" }],
  [
    connmarkChain,
    { chain: "a", links: [{ device: "eth1", mark: "0x1", link: "a" }], mask: "0xf", marking: "reply-only" },
  ],
  [
    serverMap,
    {
      map: "a",
      entries: [{ address: "10.0.0.2", protocol: "tcp", port: "25-30", server: "172.16.1.131" }],
      outgoing: [{ server: "172.16.1.131", device: "eth1", address: "10.0.0.2" }],
      masquerade: [{ network: "172.16.1.0/24", device: "eth1", address: "10.0.0.2" }],
      hairpin: [{ network: "172.16.1.0/24", device: "eth0" }],
    },
  ],
  [bootConfig, { hooks: ["systemd"] }],
];
const ARGUMENTS = KINDS.flatMap(([kind, args]) =>
  leaves(args).map((path) => [kind.type, path.join("."), kind, args, path] as const),
);

test("the arguments tried are right as they stand", () => {
  for (const [, , kind, args] of ARGUMENTS) expect(kind.schema.safeParse(args).success).toBe(true);
});

test.each(ARGUMENTS)("%s.%s is refused in its place, or harmless", (_type, _name, kind, args, path) => {
  fc.assert(
    fc.property(anything, (text) => {
      const parsed = kind.schema.safeParse(replaced(args, path, text));
      if (!parsed.success) {
        const paths = parsed.error.issues.map((issue) => issue.path.join("."));
        return paths.every((at) => path.join(".").startsWith(at)) && paths.length > 0;
      }
      return HARMLESS.test(text);
    }),
    { numRuns: 150, seed: 7 },
  );
});

const SITE = {
  ...seed,
  lan: [{ ...seed.lan }],
  default: "wan_one",
  links: {
    ...seed.links,
    wan_one: { ...seed.links.wan_one, aliases: ["123.234.1.20"], existing: ["123.234.1.21"], reversePath: "loose" },
  },
  servers: { ...seed.servers, server4: { address: "172.16.1.141", via: "wan_one" } },
  publish: [
    ...seed.publish,
    { link: "wan_one", address: "123.234.1.11", server: "server1", udp: ["500-510"], tcp: [] },
  ],
};

describe("a site", () => {
  const valid = (site: unknown) => "site" in checkSite(site);

  test.each(leaves(SITE).map((path) => [path.join("."), path] as const))(
    "%s is refused in its place, or harmless",
    (_name, path) => {
      fc.assert(
        fc.property(anything, (text) => {
          const result = checkSite(replaced(SITE, path, text));
          if ("site" in result) return HARMLESS.test(text);
          return formatFaults(result.faults, "multiwan:site").every(
            (line) => !CONTROL.test(line) && !line.includes("\n"),
          );
        }),
        { numRuns: 60, seed: 7 },
      );
    },
  );

  test.each(["links", "servers"] as const)("the names of its %s", (group) => {
    const [first, ...others] = Object.entries(SITE[group]);
    expect(valid(SITE)).toBe(true);
    fc.assert(
      fc.property(anything, (text) => {
        const renamed = { ...SITE, [group]: { ...Object.fromEntries(others), [text]: first![1] } };
        // Elsewhere the old name no longer exists: the new one alone is judged.
        const site = JSON.parse(
          JSON.stringify(renamed).replaceAll(`:${JSON.stringify(first![0])}`, () => `:${JSON.stringify(text)}`),
        );
        const result = checkSite(site);
        if ("site" in result) return HARMLESS.test(text);
        return formatFaults(result.faults, "multiwan:site").every(
          (line) => !CONTROL.test(line) && !line.includes("\n"),
        );
      }),
      { numRuns: testingAll ? 300 : 120, seed: 7 },
    );
  });

  test("means resources with harmless arguments only, whatever the component is called", () => {
    const result = checkSite(SITE);
    if ("faults" in result) throw new Error(JSON.stringify(result.faults));
    fc.assert(
      fc.property(anything, (prefix) =>
        compose(result.site, prefix).every(({ args }) => stringsIn(args).every((text) => HARMLESS.test(text))),
      ),
      { numRuns: testingAll ? 300 : 120, seed: 7 },
    );
  });
});
