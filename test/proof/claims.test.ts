/** Which claims the proof makes of a router, and what tells one from another. */
import { describe, expect, test } from "@jest/globals";
import { brokenBy } from "../../provider/proof/change.ts";
import { prove } from "../../provider/proof/index.ts";
import { machineOf } from "../../provider/proof/machine.ts";
import { obligationsOfManifest } from "../../provider/proof/of-manifest.ts";
import { type Situation, situation } from "./site-router.ts";

const GROUND = `
  inet 172.16.1.1/24 scope global eth0
  inet 10.91.0.2/24 scope global eth1
  inet 10.92.0.2/24 scope global eth2
  inet 198.18.2.11/32 scope global eth2
  default via 10.91.0.1 dev eth1`;

const SITE = {
  default: "wan_one",
  lan: { device: "eth0", networks: ["172.16.1.0/24"], address: "172.16.1.1" },
  links: {
    wan_one: { id: 1, device: "eth1", gateway: "10.91.0.1" },
    wan_two: { id: 2, device: "eth2", gateway: "10.92.0.1", existing: ["198.18.2.11"] },
  },
  servers: { mail: "172.16.1.130" },
  publish: [
    { link: "wan_one", address: "198.18.1.11", server: "mail", tcp: [25] },
    { link: "wan_two", address: "198.18.2.11", server: "mail", tcp: [25] },
  ],
};

/** Names of the claims that do not hold where the default is as it is declared. */
function broken({ snapshot, manifest }: Situation): string[] {
  const machine = machineOf(snapshot);
  return prove(machine, obligationsOfManifest(manifest, machine), "links up")
    .filter(({ answer, claim }) => answer.kind === "no" && /by wan_one$/.test(claim.when))
    .map(({ claim }) => claim.name);
}

describe("addresses that the device has anyway", () => {
  test("a service on one is claimed in the proof of a change: a foreign rule that takes its replies away is found", () => {
    expect(broken(situation(SITE, GROUND))).toEqual([]);
    expect(broken(situation(SITE, GROUND, "100: from 172.16.1.130 lookup main"))).toContain(
      "tcp 198.18.2.11:25 -> 172.16.1.130, by wan_two",
    );
  });

  test("the device's own address, of an ISP that gives one", () => {
    const site = {
      ...SITE,
      links: { ...SITE.links, wan_two: { id: 2, device: "eth2", gateway: "10.92.0.1", existing: ["10.92.0.2"] } },
      publish: [{ link: "wan_two", address: "10.92.0.2", server: "mail", tcp: [25] }],
    };
    expect(broken(situation(site, GROUND))).toEqual([]);
    expect(broken(situation(site, GROUND, "100: from 172.16.1.130 lookup main"))).toEqual([
      "tcp 10.92.0.2:25 -> 172.16.1.130, by wan_two",
    ]);
  });

  test("a server's own rule makes no address of the router of it", () => {
    const site = { ...SITE, servers: { mail: { address: "172.16.1.130", via: "wan_two" } } };
    const { snapshot, manifest } = situation(site, GROUND);
    const { links } = obligationsOfManifest(manifest, machineOf(snapshot));
    expect(links.flatMap(({ addresses }) => addresses)).not.toContain("172.16.1.130");
  });
});

describe("a claim is known by what it is about", () => {
  const foreign = "100: from 172.16.1.130 lookup main";
  const unnamed = new Map([[101, "wan_one"]]);

  test("a table without its name makes none of what was broken before newly broken", () => {
    const before = situation(SITE, GROUND, foreign, unnamed);
    const after = situation(SITE, GROUND, foreign);
    expect(broken(before)).not.toEqual(broken(after));
    expect(brokenBy(before.snapshot, after.snapshot, after.manifest)).toEqual([]);
    expect(brokenBy(after.snapshot, before.snapshot, before.manifest)).toEqual([]);
  });

  test("what was not broken before is", () => {
    const before = situation(SITE, GROUND, "", unnamed);
    const after = situation(SITE, GROUND, foreign);
    expect(brokenBy(before.snapshot, after.snapshot, after.manifest)).not.toEqual([]);
  });
});
