import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, jest, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import yaml from "js-yaml";
import { MultiWan } from "../../provider/index.ts";
import { checkSite } from "../../provider/site/check.ts";
import { readConfig } from "../../stacks/config.ts";
import { registered } from "../resources/mocks.ts";
import { seed } from "../site/seed.ts";

const ROUTER = { host: "172.16.1.1", hostKey: "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };

const configure = (values: Record<string, unknown>, secrets: string[] = []) =>
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [
        `multiwan:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
    secrets,
  );

const read = checkSite(seed);
const checked = "site" in read && read.site;

beforeEach(() => registered(() => {}));

describe("the stack's config", () => {
  test("is the site, read and checked", () => {
    configure({ site: seed, router: ROUTER });
    expect(readConfig()).toEqual(checked);
  });

  test("may hold secrets of the router", () => {
    configure({ site: seed, router: { ...ROUTER, password: "hunter2" } }, ["multiwan:router"]);
    expect(readConfig()).toEqual(checked);
  });

  test("is read once: the component takes what was checked, and no old name is told twice", async () => {
    const warn = jest.spyOn(pulumi.log, "warn").mockImplementation(async () => {});
    configure({ site: { ...seed, adopt: ["700: from all fwmark 0x77 lookup 250"] }, router: ROUTER });
    const site = readConfig();
    await registered(() => new MultiWan("site", site, { declaredAt: "multiwan:site" }));
    expect(warn.mock.calls.flat().filter((text) => String(text).includes("adopt"))).toEqual([
      "multiwan:site.adopt is called replace now: rename it; the old name is read until version 1.0",
    ]);
    warn.mockRestore();
  });

  test("is refused with all its faults, each with its path in the stack file", () => {
    configure({
      site: { ...seed, msak: 1, default: "wan_too" },
      router: { host: "172.16.1.1", port: 0, password: "" },
    });
    expect(readConfig).toThrow(
      [
        "Pulumi.prod.yaml has 4 faults:",
        "  multiwan:router.port: must be 1 to 65535",
        "  multiwan:router.password: must not be empty",
        "  multiwan:site.msak: is not a setting; did you mean mask?",
        '  multiwan:site.default: there is no link "wan_too"; did you mean wan_two?',
      ].join("\n"),
    );
  });

  test("is missed by name", () => {
    configure({});
    expect(readConfig).toThrow(
      "Pulumi.prod.yaml has 2 faults:\n  multiwan:router: is not set\n  multiwan:site: is missing",
    );
  });

  test("that is text and no group is told so", () => {
    configure({ site: "wan_one", router: ROUTER });
    expect(readConfig).toThrow(
      'Pulumi.prod.yaml has a fault:\n  multiwan:site: must be a group of settings, not "wan_one"',
    );
  });

  test("that publishes the operator's own way in is refused", () => {
    const publish = [{ link: "wan_one", address: "123.234.1.10", server: "server1", tcp: ["20-30"] }];
    configure({ site: { ...seed, publish }, router: { ...ROUTER, host: "123.234.1.10" } });
    expect(readConfig).toThrow(
      "multiwan:site.publish[0].tcp[0]: 123.234.1.10 tcp 20-30 is where multiwan:router logs in: the operator would be locked out",
    );
  });

  test("that publishes another way in, which the router's settings declare, is refused as well", () => {
    const publish = [{ link: "wan_one", address: "123.234.1.10", server: "server1", tcp: [2222, 22] }];
    const probe = { paths: ["66.119.160.2", "123.234.1.10:2222"] };
    configure({ site: { ...seed, publish }, router: { ...ROUTER, probe } });
    expect(readConfig).toThrow(
      "Pulumi.prod.yaml has a fault:\n  multiwan:site.publish[0].tcp[0]: 123.234.1.10 tcp 2222 is where multiwan:router.probe.paths[1] logs in: the operator would be locked out",
    );
  });

  test("is refused as a clean error, which has no stack trace", () => {
    configure({});
    expect(() => readConfig()).toThrow(expect.objectContaining({ __pulumiRunError: true }));
  });
});

const root = join(import.meta.dirname, "../..");

describe("the stack files", () => {
  test.each(["prod", "lab"])("Pulumi.%s.yaml declares the site of the write-up", (stack) => {
    const file = yaml.load(readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8")) as {
      config: Record<string, unknown>;
    };
    expect(file.config["multiwan:site"]).toEqual(stack === "lab" ? { ...seed, management: ["192.168.99.0/24"] } : seed);
  });

  test("the program they run is guarded by plain JavaScript", () => {
    expect(readFileSync(join(root, "Pulumi.yaml"), "utf8")).toMatch(/^main: stacks\/index\.js$/m);
  });

  test("the seed's site has no fault", () => {
    expect(checkSite(seed)).toHaveProperty("site");
  });
});
