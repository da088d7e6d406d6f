/** What single words of a site mean for its resources. */
import { describe, expect, test } from "@jest/globals";
import { checkSite } from "../../provider/site/check.ts";
import { compose } from "../../provider/site/compose.ts";
import type { SiteArgs } from "../../provider/site/schema.ts";
import { argsOf, small } from "./composed.ts";
import { seed } from "./seed.ts";

describe("reply-only marking", () => {
  const replyOnly = { ...seed, marking: "reply-only" } satisfies SiteArgs;

  test("has the LAN routes too: the router's own replies to clients inside use the tables", () => {
    const lan = [{ network: "172.16.1.0/24", device: "eth0" }];
    expect(argsOf(replyOnly, "RoutingTable").map((t) => t.lan)).toEqual([lan, lan]);
  });
});

describe("addresses of a link", () => {
  const addresses = (site: SiteArgs) => argsOf(site, "WanLink").map((l) => l.addresses);

  test("are its own, then aliases and published ones by number, each once", () => {
    const links = { ...seed.links, wan_one: { ...seed.links.wan_one, aliases: ["123.234.1.9", "123.234.1.12"] } };
    expect(addresses({ ...seed, links })[0]).toEqual([
      "123.234.1.10",
      "123.234.1.9",
      "123.234.1.11",
      "123.234.1.12",
      "123.234.1.13",
    ]);
  });

  test("leave out what the device has anyway", () => {
    const site = {
      ...small,
      links: { dsl: { ...small.links.dsl, existing: ["192.0.2.2"] } },
      servers: { web: "192.168.7.9" },
      publish: [{ link: "dsl", address: "192.0.2.2", server: "web", tcp: [80] }],
    };
    expect(addresses(site)).toEqual([[]]);
  });
});

describe("the server map", () => {
  test("gives a server's own traffic the first address it is published by on each link", () => {
    const publish = [...seed.publish, { link: "wan_one", address: "123.234.1.14", server: "server2", udp: [53] }];
    expect(argsOf({ ...seed, publish }, "ServerMap")[0]?.outgoing).toEqual([
      { server: "172.16.1.131", device: "eth1", address: "123.234.1.11" },
      { server: "172.16.1.130", device: "eth1", address: "123.234.1.12" },
      { server: "172.16.1.140", device: "eth1", address: "123.234.1.13" },
      { server: "172.16.1.131", device: "eth2", address: "216.111.1.11" },
      { server: "172.16.1.130", device: "eth2", address: "216.111.1.12" },
    ]);
  });

  test("takes ports, ranges and ports that differ inside", () => {
    const publish = [
      {
        link: "wan_one",
        address: "123.234.1.11",
        server: "server1",
        tcp: ["443", "5000-5010", { port: 8080, to: 80 }],
      },
    ];
    expect(argsOf({ ...seed, publish }, "ServerMap")[0]?.entries).toEqual([
      { address: "123.234.1.11", protocol: "tcp", port: 443, server: "172.16.1.131" },
      { address: "123.234.1.11", protocol: "tcp", port: "5000-5010", server: "172.16.1.131" },
      { address: "123.234.1.11", protocol: "tcp", port: 8080, server: "172.16.1.131", serverPort: 80 },
    ]);
  });

  test("does without masquerade, hairpin and forward as told", () => {
    const site = { ...seed, masquerade: false, hairpin: false, forward: true };
    expect(argsOf(site, "ServerMap")[0]).toMatchObject({ masquerade: [], hairpin: [], forward: true });
  });

  test("serves every network of every LAN", () => {
    const lan = [seed.lan, { device: "eth5", networks: ["10.0.0.0/24", "10.0.1.0/24"] }];
    const map = argsOf({ ...seed, lan }, "ServerMap")[0];
    expect(map?.masquerade).toHaveLength(6);
    expect(map?.hairpin).toEqual([
      { network: "172.16.1.0/24", device: "eth0" },
      { network: "10.0.0.0/24", device: "eth5" },
      { network: "10.0.1.0/24", device: "eth5" },
    ]);
  });
});

test("chains carry the component's name, as far as a chain can", () => {
  const result = checkSite(seed);
  if ("faults" in result) throw new Error("the seed has faults");
  const chain = compose(result.site, "9. office").find((r) => r.kind === "ConnmarkChain");
  expect(chain?.args).toMatchObject({ chain: "_9__office" });
});
