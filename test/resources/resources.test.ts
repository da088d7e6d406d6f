import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import {
  BootConfig,
  ConnmarkChain,
  DefaultRoute,
  FwmarkRule,
  Router,
  RoutingTable,
  ServerMap,
  SourceRule,
  WanLink,
} from "../../provider/index.ts";
import { providerText, typeToken } from "../../provider/resources/base.ts";
import { registered } from "./mocks.ts";

const KINDS = [
  "WanLink",
  "RoutingTable",
  "FwmarkRule",
  "SourceRule",
  "DefaultRoute",
  "ConnmarkChain",
  "ServerMap",
  "BootConfig",
] as const;

test("the text in __provider is what states of years ago hold: it never changes", () => {
  expect(KINDS.map(providerText)).toEqual([
    'exports.handler = () => require("module").createRequire(process.cwd() + "/")("pulumi-multiwan/runtime").WanLink;',
    'exports.handler = () => require("module").createRequire(process.cwd() + "/")("pulumi-multiwan/runtime").RoutingTable;',
    'exports.handler = () => require("module").createRequire(process.cwd() + "/")("pulumi-multiwan/runtime").FwmarkRule;',
    'exports.handler = () => require("module").createRequire(process.cwd() + "/")("pulumi-multiwan/runtime").SourceRule;',
    'exports.handler = () => require("module").createRequire(process.cwd() + "/")("pulumi-multiwan/runtime").DefaultRoute;',
    'exports.handler = () => require("module").createRequire(process.cwd() + "/")("pulumi-multiwan/runtime").ConnmarkChain;',
    'exports.handler = () => require("module").createRequire(process.cwd() + "/")("pulumi-multiwan/runtime").ServerMap;',
    'exports.handler = () => require("module").createRequire(process.cwd() + "/")("pulumi-multiwan/runtime").BootConfig;',
  ]);
});

test("the type tokens are part of every URN: they never change", () => {
  expect(KINDS.map(typeToken)).toEqual(KINDS.map((kind) => `pulumi-nodejs:dynamic/multiwan:${kind}`));
});

/** One of each, with the least it takes. */
const gateway = "149.99.251.145";
const ONE_OF_EACH = {
  WanLink: () => new WanLink("r", { linkId: 1, link: "wan_one", device: "eth1", gateway }),
  RoutingTable: () => new RoutingTable("r", { table: 101, device: "eth1", gateway }),
  FwmarkRule: () => new FwmarkRule("r", { mark: 1, table: 101, priority: 4001 }),
  SourceRule: () => new SourceRule("r", { source: "172.16.1.131", table: 101 }),
  DefaultRoute: () => new DefaultRoute("r", { device: "eth1", gateway }),
  ConnmarkChain: () => new ConnmarkChain("r", { chain: "marks", links: [{ device: "eth1", mark: 1 }] }),
  ServerMap: () => new ServerMap("r", { map: "servers", entries: [] }),
  BootConfig: () => new BootConfig("r"),
};

test.each(KINDS)("%s sends its arguments, its owner and its provider, and nothing undefined", async (kind) => {
  const [one, ...others] = await registered(ONE_OF_EACH[kind]);
  expect(others).toEqual([]);
  expect(one).toMatchObject({ type: typeToken(kind), name: "r" });
  expect(one?.inputs).toMatchObject({ owner: `shop/prod/${kind}/r`, __provider: providerText(kind) });
  expect(Object.values(one?.inputs ?? {})).not.toContain(undefined);
});

test.each(KINDS)("%s is known by its type", async (kind) => {
  const made: pulumi.Resource[] = [];
  await registered(() => made.push(ONE_OF_EACH[kind]()));
  const classes = { WanLink, RoutingTable, FwmarkRule, SourceRule, DefaultRoute, ConnmarkChain, ServerMap, BootConfig };
  expect(KINDS.filter((other) => classes[other].isInstance(made[0]))).toEqual([kind]);
});

test("config and router resolve to what the provider says", async () => {
  let outputs: Promise<unknown> | undefined;
  await registered(() => {
    const { config, router } = ONE_OF_EACH.WanLink();
    outputs = new Promise((resolve) => pulumi.all({ config, router }).apply(resolve));
  });
  expect(await outputs).toEqual({ config: "lines", router: "172.16.1.1" });
});

test("an undefined inside an argument is left out, and Outputs are waited for", async () => {
  const [one] = await registered(
    () =>
      new ServerMap("r", {
        map: pulumi.output("servers"),
        entries: [{ address: "123.234.1.11", port: 25, server: "172.16.1.130", serverPort: undefined }],
        masquerade: undefined,
      }),
  );
  expect(one?.inputs).toEqual({
    map: "servers",
    entries: [{ address: "123.234.1.11", port: 25, server: "172.16.1.130" }],
    owner: "shop/prod/ServerMap/r",
    together: expect.arrayContaining(["shop/prod/ServerMap/r"]),
    __provider: providerText("ServerMap"),
  });
});

test("a resource names all that the program declares with it on its router, also what comes later", async () => {
  const seen = await registered(() => {
    const north = new Router("north", { host: "10.0.0.1" });
    for (const name of ["one", "two"]) new ServerMap(name, { map: name, entries: [] });
    new ServerMap("three", { map: "three", entries: [] }, { provider: north });
  });
  const together = (name: string) => seen.find((one) => one.name === name)?.inputs.together;
  for (const name of ["one", "two"])
    expect(together(name)).toEqual(expect.arrayContaining(["shop/prod/ServerMap/one", "shop/prod/ServerMap/two"]));
  expect(together("three")).toEqual(["shop/prod/ServerMap/three"]);
});

test("a Router carries its settings as one text, to the resources that are given it", async () => {
  const seen = await registered(() => {
    const north = new Router("north", { host: "10.0.0.1", port: pulumi.output(2222), password: undefined });
    new FwmarkRule("r", { mark: 1, table: 101, priority: 4001 }, { provider: north });
  });
  const router = seen.find(({ type }) => type === "pulumi:providers:pulumi-nodejs");
  expect(router?.inputs).toEqual({ "multiwan:router": '{"host":"10.0.0.1","port":2222}' });
  expect(seen.find(({ name }) => name === "r")?.provider).toContain("::north::");
});

test("a secret among a Router's settings makes all of them one", async () => {
  const secretKey = pulumi.runtime.specialSigKey;
  const seen = await registered(() => new Router("north", { host: "10.0.0.1", password: pulumi.secret("hunter2") }));
  expect(seen[0]?.inputs["multiwan:router"]).toEqual({
    [secretKey]: pulumi.runtime.specialSecretSig,
    value: '{"host":"10.0.0.1","password":"hunter2"}',
  });
});

test("a Router with wrong settings says all that is wrong, by its name, and no value", async () => {
  await expect(registered(() => new Router("north", { host: "10.0.0.1", port: 99999, password: "" }))).rejects.toThrow(
    "The settings of the router north are not right:\n  north.port: must be 1 to 65535\n  north.password: must not be empty",
  );
});
