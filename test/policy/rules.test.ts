/** Each rule of the policy pack, on resources as a policy is shown them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  type Caller,
  callerOf,
  maskNotFull,
  noPublishedManagement,
  plainSecrets,
  policies,
  probePaths,
  type Seen,
  unreachableFallback,
} from "../../provider/policies/index.ts";

const resource = (kind: string, props: Record<string, unknown>): Seen => ({
  type: `pulumi-nodejs:dynamic/multiwan:${kind}`,
  urn: `urn:pulumi:north::multiwan::pulumi-nodejs:dynamic/multiwan:${kind}::site`,
  props: { router: "192.0.2.1", ...props },
});
const router = (settings: Record<string, unknown> = {}): Seen => ({
  type: "pulumi:providers:pulumi-nodejs",
  urn: "urn:pulumi:north::multiwan::pulumi:providers:pulumi-nodejs::default",
  props: { "multiwan:router": JSON.stringify({ host: "192.0.2.1", ...settings }) },
});
const map = (...ports: (number | string)[]) =>
  resource("ServerMap", {
    entries: ports.map((port) => ({ address: "198.51.100.5", protocol: "tcp", port, server: "10.0.0.2" })),
  });
const said = (violations: readonly { message: string }[]) => violations.map(({ message }) => message);

describe("no service is published on what the router is managed by", () => {
  test("a port of management, alone or in a range", () => {
    expect(said(noPublishedManagement([map(80, 22, "5000-5010", "20-25")]))).toEqual([
      "tcp 198.51.100.5:22 is published, and 22 is a port of management: publish another port",
      "tcp 198.51.100.5:20-25 is published, and 22 is a port of management: publish another port",
    ]);
    expect(noPublishedManagement([map(80, 443)])).toEqual([]);
  });

  test("the port of the router's own SSH server, and ports that the organization names", () => {
    expect(said(noPublishedManagement([map(2222), router({ port: 2222 })]))[0]).toContain(
      "2222 is a port of management",
    );
    expect(noPublishedManagement([map(22)], [])).toEqual([]);
    expect(noPublishedManagement([map(8443)], [8443])).toHaveLength(1);
  });

  test("an address by which the router is reached", () => {
    expect(said(noPublishedManagement([map(80), router({ host: "198.51.100.5" })]))[0]).toContain("is managed");
    const paths = { probe: { paths: ["198.51.100.5:2222"] } };
    expect(said(noPublishedManagement([map(80), router(paths)]))[0]).toContain("is managed");
    expect(noPublishedManagement([map(80), router()])).toEqual([]);
  });
});

test("the table of each link ends in an unreachable default", () => {
  const table = (props: Record<string, unknown>) => resource("RoutingTable", { name: "wan_one", ...props });
  const lines = "default via 192.0.2.9 dev eth1 table wan_one\n";
  expect(unreachableFallback([table({ config: `unreachable default table wan_one metric 65000\n${lines}` })])).toEqual(
    [],
  );
  expect(said(unreachableFallback([table({ config: lines, guard: false })]))).toEqual([
    "the table wan_one has no unreachable default: leave guard as it is (true)",
  ]);
  expect(unreachableFallback([table({ guard: false })])).toHaveLength(1);
  expect(unreachableFallback([table({})])).toEqual([]);
});

test("each router names further ways in, but one that is gone", () => {
  expect(said(probePaths([router()]))[0]).toContain("192.0.2.1: probe.paths names no further address");
  expect(probePaths([router({ probe: { paths: ["192.0.2.2"] } })])).toEqual([]);
  expect(probePaths([router({ gone: true })])).toEqual([]);
  expect(probePaths([resource("RoutingTable", {})])).toEqual([]);
});

describe("no credential stands in clear", () => {
  test("password, key and passphrase, however the settings are written", () => {
    const settings = { host: "192.0.2.1", password: "x", privateKey: "y", privateKeyPassword: "z" };
    for (const value of [settings, JSON.stringify(settings)])
      expect(said(plainSecrets({ "multiwan:router": value })).map((text) => text.split(" ")[0])).toEqual([
        "multiwan:router.password",
        "multiwan:router.privateKey",
        "multiwan:router.privateKeyPassword",
      ]);
  });

  test("one beside another that is encrypted is found, and no value is repeated", () => {
    const settings = { privateKey: { secure: "v1:a:b" }, password: "hunter2" };
    const found = said(plainSecrets({ "multiwan:router": settings }));
    expect(found).toHaveLength(1);
    expect(found[0]).not.toContain("hunter2");
  });

  test.each([
    {},
    { "multiwan:router": { secure: "v1:a:b" } },
    { "multiwan:router": "no JSON" },
    { "multiwan:router": 1 },
  ])("none in %j", (config) => {
    expect(plainSecrets(config)).toEqual([]);
  });
});

describe("the stack file is the one that pulumi was called with", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "multiwan-policy-file-"));
    const write = (name: string, password: string) =>
      writeFileSync(join(dir, name), `config:\n  multiwan:router: { host: 192.0.2.1, password: ${password} }\n`);
    writeFileSync(join(dir, "Pulumi.yaml"), "name: office\nruntime: nodejs\n");
    write("Pulumi.north.yaml", "{ secure: v1 }");
    write("other.yaml", "hunter2");
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const said = (caller: Caller, resources: readonly Seen[] = [router()]) => {
    const policy = policies({ PULUMI_NODEJS_STACK: "north", PWD: "/" }, () => caller);
    const found: string[] = [];
    const never = (): never => {
      throw new Error("not applicable");
    };
    policy
      .find(({ name }) => name === "no-plain-text-secret")!
      .validateStack({ resources, getConfig: <T extends object>() => ({}) as T, notApplicable: never }, (message) =>
        found.push(message),
      );
    return found;
  };

  test("of its folder, behind --cwd, and --config-file in every form", () => {
    const pulumi = (...args: string[]) => ({ argv: ["/usr/bin/pulumi", "preview", ...args], parent: 1, folder: dir });
    const tree =
      (...args: string[]) =>
      (pid: number) =>
        ({
          30: { argv: ["node", "pack"], parent: 20, folder: "/" },
          20: { argv: ["pulumi-analyzer"], parent: 10, folder: "/" },
          10: pulumi(...args),
        })[pid];
    expect(said(callerOf(30, tree())!)).toEqual([]);
    for (const args of [
      ["--config-file", "other.yaml"],
      ["--config-file=other.yaml"],
      ["--config-file", join(dir, "other.yaml")],
    ])
      expect(said(callerOf(30, tree(...args))!)).toEqual([
        expect.stringContaining("multiwan:router.password is in clear"),
      ]);
    expect(callerOf(30, () => undefined)).toBeUndefined();
  });

  test("one that is not found is a violation, unless the program declares the routers", () => {
    expect(said({ folder: tmpdir() })).toEqual([
      expect.stringMatching(
        /^nobody has looked for credentials in clear: no Pulumi\.yaml in .*, or make this policy advisory$/,
      ),
    ]);
    expect(said({ folder: dir, configFile: join(dir, "no.yaml") })).toHaveLength(1);
    const own = { ...router(), urn: "urn:pulumi:north::office::pulumi:providers:pulumi-nodejs::north" };
    expect(said({ folder: tmpdir() }, [own])).toEqual([]);
  });

  test("of this process, as Linux tells it", () => {
    expect(
      callerOf(process.pid, (pid) =>
        pid === process.pid ? { argv: ["x/pulumi"], parent: 1, folder: "/" } : undefined,
      ),
    ).toEqual({ folder: "/" });
    expect(() => callerOf(process.pid)).not.toThrow();
  });
});

describe("the mask leaves bits to others", () => {
  test("a full one is told once for each router, by the argument or by the lines", () => {
    const rule = (config: string) => resource("FwmarkRule", { config });
    expect(
      said(maskNotFull([resource("ConnmarkChain", { mask: 0xffffffff }), rule("1024: from all fwmark 0x1 lookup 1")])),
    ).toEqual([expect.stringMatching(/^192\.0\.2\.1: the mask is 0xffffffff/)]);
    expect(maskNotFull([rule("1024: from all fwmark 0x1 lookup 1")])).toHaveLength(1);
    expect(
      maskNotFull([resource("ConnmarkChain", { config: "-A x -j CONNMARK --restore-mark --nfmask 0xffffffff" })]),
    ).toHaveLength(1);
  });

  test("a part of it, and a router on which there are no others", () => {
    expect(
      maskNotFull([
        resource("ConnmarkChain", { mask: 0xf000000 }),
        resource("FwmarkRule", { config: "4001: from all fwmark 0x1000000/0xf000000 lookup 101" }),
      ]),
    ).toEqual([]);
    expect(maskNotFull([resource("ConnmarkChain", { mask: 0xffffffff })], ["192.0.2.1"])).toEqual([]);
  });
});

test("the policies have the names that settings refer to, and each reports what its rule finds", () => {
  const all = policies({}, () => ({ folder: "/" }));
  expect(all.map(({ name }) => name)).toEqual([
    "no-published-management",
    "unreachable-fallback",
    "probe-paths",
    "no-plain-text-secret",
    "mask-not-full",
  ]);
  const reported = all.flatMap(({ name, validateStack }) => {
    const found: string[] = [];
    const resources = [
      map(22),
      router(),
      resource("RoutingTable", { guard: false }),
      resource("ConnmarkChain", { mask: 0xffffffff }),
    ];
    const args = {
      resources,
      getConfig: <T extends object>() => ({}) as T,
      notApplicable: (): never => {
        throw new Error("not applicable");
      },
    };
    validateStack(args, () => found.push(name));
    return found;
  });
  expect(reported).toEqual([
    "no-published-management",
    "unreachable-fallback",
    "probe-paths",
    "no-plain-text-secret",
    "mask-not-full",
  ]);
});
