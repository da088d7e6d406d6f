import { describe, expect, test } from "@jest/globals";
import { MultiWan } from "../../provider/index.ts";
import { contains, fromNumber, lengthOf, overlap, toNumber } from "../../provider/model/ip.ts";
import { prove, storyOf } from "../../provider/proof/index.ts";
import { checkSite } from "../../provider/site/check.ts";
import { compose } from "../../provider/site/compose.ts";
import { declaredMachine } from "../../provider/site/declared.ts";
import { obligationsOf } from "../../provider/site/obligations.ts";
import { proveSite, siteProof } from "../../provider/site/prove.ts";
import type { Site, SiteArgs } from "../../provider/site/schema.ts";
import { registered } from "../resources/mocks.ts";
import { seed } from "./seed.ts";

function siteOf(change: (site: Record<string, never>) => void = () => {}): Site {
  const written = structuredClone(seed) as never;
  change(written);
  const checked = checkSite(written);
  if ("faults" in checked) throw new Error(JSON.stringify(checked.faults));
  return checked.site;
}

const VIA = { server2: { address: "172.16.1.130", via: "wan_two" } };

describe("the proof of a site", () => {
  test("holds for the write-up's: every door, the router itself, connections from inside, and doors from inside", () => {
    const all = proveSite(siteOf());
    expect(all.filter(({ answer }) => answer.kind !== "yes").flatMap(storyOf)).toEqual([]);
    const kinds = ["door", "router", "inside", "hairpin", "management"];
    expect(new Set(all.map(({ claim }) => claim.kind))).toEqual(new Set(kinds));
    expect(new Set(all.map(({ claim }) => claim.when))).toEqual(
      new Set([
        ...["default by wan_one", "default by wan_two", "default as it is"],
        ...["default by wan_one, wan_one is down", "default by wan_one, wan_two is down"],
        ...["default by wan_two, wan_one is down", "default by wan_two, wan_two is down"],
      ]),
    );
  });

  test.each([
    ["strict reverse path filters", { links: "strict" }],
    ["a server's own traffic switched to the other link", { servers: VIA }],
    ["doors for the outside only", { hairpin: false }],
  ] as [string, { links?: string; servers?: object; hairpin?: boolean }][])("holds with %s", (_, change) => {
    const site = siteOf((written: Record<string, unknown>) => {
      const links = written.links as Record<string, object>;
      if (change.links) for (const link of Object.values(links)) Object.assign(link, { reversePath: change.links });
      else Object.assign(written, { ...change, servers: { ...(written.servers as object), ...change.servers } });
    });
    expect(siteProof(site)).toEqual({ faults: [], weaknesses: [] });
  });

  test("reply-only marking holds while all links are up, and says what a link takes with it when it goes down", () => {
    const { faults, weaknesses } = siteProof(siteOf((site) => Object.assign(site, { marking: "reply-only" })));
    expect(faults).toEqual([]);
    expect(weaknesses[0]).toMatch(
      /^while the device of wan_one is down, others lose connections too: tcp 216\.111\.1\.11:1494/,
    );
    expect(weaknesses[0]).toMatch(/reverse path filter of eth2, loose: no way back to/);
  });

  test("somebody out there is nobody the router knows, whatever networks are inside", () => {
    const lan = (device: string, network: string) => ({ device, networks: [network] });
    const lans = [lan("eth0", "172.16.1.0/24"), lan("eth3", "198.51.100.0/24"), lan("eth4", "203.0.113.0/24")];
    expect(siteProof(siteOf((site) => Object.assign(site, { lan: lans }))).faults).toEqual([]);
  });
});

test("a network with public addresses of its own leaves with them, and the rest translated", () => {
  const dmz = { device: "eth3", networks: ["123.234.2.0/28"], masquerade: false };
  const site = siteOf((written) => Object.assign(written, { lan: [seed.lan, dmz] }));
  expect(siteProof(site)).toEqual({ faults: [], weaknesses: [] });
  const map = compose(site, "site").find(({ kind }) => kind === "ServerMap")!.args as {
    masquerade: { network: string }[];
  };
  expect(new Set(map.masquerade.map(({ network }) => network))).toEqual(new Set(["172.16.1.0/24"]));
  const only = siteOf((written) =>
    Object.assign(written, { masquerade: false, lan: [{ ...seed.lan, masquerade: true }, dmz] }),
  );
  const same = compose(only, "site").find(({ kind }) => kind === "ServerMap")!.args as {
    masquerade: { network: string }[];
  };
  expect(same.masquerade).toEqual(map.masquerade);
});

describe("a declared line less", () => {
  const site = siteOf();
  const lost = (change: (machine: ReturnType<typeof declaredMachine>) => ReturnType<typeof declaredMachine>) => {
    const proved = prove(change(declaredMachine(site)), obligationsOf(site));
    return proved.filter(({ answer }) => answer.kind === "no");
  };

  test("nothing is lost while all are there", () => expect(lost((machine) => machine)).toEqual([]));

  test("without the rule of wan_two's mark its doors answer by wan_one, and the packets are shown", () => {
    const broken = lost((machine) => ({ ...machine, rules: machine.rules.filter(({ rule }) => rule.mark !== 2) }));
    const door = broken.find(({ claim }) => claim.name.includes("216.111.1.11:1494"))!;
    const story = storyOf(door);
    expect(story[0]).toMatch(/the answer leaves by eth1 to 149\.99\.251\.145 instead of leaving by wan_two/);
    expect(story.join("\n")).toMatch(/answer: tcp 172\.16\.1\.131:1494 -> .* in on eth0/);
    expect(story.join("\n")).toContain("ip rule: 32766: from all lookup main");
  });

  test("without the rules by source address the router's own answers are lost while the main table has no default", () => {
    const broken = lost((machine) => ({ ...machine, rules: machine.rules.filter(({ rule }) => rule.from === "all") }));
    expect(broken.map(({ claim }) => claim.kind)).toContain("router");
  });

  test("without the LAN's route a marked packet would be sent out again", () => {
    const tables = new Map(declaredMachine(site).tables);
    tables.delete(2);
    expect(lost((machine) => ({ ...machine, tables })).map(({ claim }) => claim.link)).toContain("wan_two");
  });
});

/** Networks that together are all addresses but these. */
function allBut(networks: readonly string[], whole = "0.0.0.0/0"): string[] {
  const inside = networks.filter((network) => overlap(network, whole));
  if (inside.length === 0) return [whole];
  if (inside.some((network) => contains(network, whole.split("/")[0]!) && lengthOf(network) <= lengthOf(whole)))
    return [];
  const length = lengthOf(whole) + 1;
  const base = toNumber(whole.split("/")[0]!);
  return [base, base + 2 ** (32 - length)].flatMap((half) => allBut(inside, `${fromNumber(half)}/${length}`));
}

test("MultiWan refuses a site that would lose connections, with the packet that shows it", async () => {
  // Everybody out there has a namesake inside, whom the answers go to.
  const links = Object.values(seed.links).flatMap(({ gateway, address }) => [gateway, address]);
  const published = seed.publish.map(({ address }) => address);
  const far = allBut([...links, ...published, "172.16.1.0/24"]);
  const everything = { ...seed, lan: { device: "eth0", networks: ["172.16.1.0/24", ...far] } };
  await expect(
    registered(() => new MultiWan("site", everything as SiteArgs, { declaredAt: "multiwan:site" })),
  ).rejects.toThrow(
    /The site multiwan:site would lose connections, so it is refused:[\s\S]*the answer leaves by eth0[\s\S]*request: tcp/,
  );
});
