/**
 * The preview proves the live router: connections that are lost now, by which line; what a change mends; what it would break, which
 * is refused. Said once for a router, also where nothing is to be changed, and by doctor in the same words.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { type Direct, direct } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";
import { testingAll } from "../variants.ts";

/** What a router has that is in nobody's way. */
const FULL = `
ip rule add to 10.77.0.0/16 lookup 77 priority 900
ip route add 10.77.0.0/16 dev eth0 table 77
iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
iptables -t nat -N SOMEBODY
iptables -t nat -A PREROUTING -p tcp --dport 8443 -j SOMEBODY
iptables -t nat -A SOMEBODY -d 10.77.0.1/32 -j ACCEPT
iptables -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
`;

const routers = [
  { iptables: "nft", kind: "empty" },
  { iptables: "legacy", kind: "full" },
  ...(testingAll
    ? ([
        { iptables: "legacy", kind: "empty" },
        { iptables: "nft", kind: "full" },
      ] as const)
    : []),
] as const;

describe.each(routers)("iptables $iptables, $kind tables", ({ iptables, kind }) => {
  let lab: Lab;
  let stack: Direct;
  beforeAll(async () => {
    lab = await startLab({ iptables });
    await startSite(lab);
    if (kind === "full") await lab.router.exec(`set -e\n${FULL}`);
    stack = await direct(lab);
    await stack.deploy();
  });
  afterAll(() => lab?.stop());

  const lines = (text: string) => text.split("\n").filter((line) => line !== "");

  async function previewWith(put: string, away: string) {
    await lab.router.exec(put);
    const preview = await stack.preview();
    await lab.router.exec(away);
    return preview;
  }

  test("a healthy router is not spoken of, before and after a second up", async () => {
    expect((await stack.preview()).text).toBe("");
    expect((await stack.up()).text).toBe("");
  });

  test("a rule that accepts before the managed jump: what is lost, by which line, once", async () => {
    const rule = "PREROUTING -i eth2 -j ACCEPT";
    const preview = await previewWith(`iptables -t mangle -I ${rule}`, `iptables -t mangle -D ${rule}`);
    succeeded(preview);
    expect(new Set(Object.values(preview.ops))).toEqual(new Set(["same"]));
    expect(lines(preview.text)).toEqual([
      expect.stringMatching(
        /drift: "-t mangle -A PREROUTING -i eth2 -j ACCEPT" stands in front of .*tcp 216\.111\.1\.11:1494/,
      ),
    ]);
  });

  test("a policy rule above the site's: one warning, with the line and the packet", async () => {
    const rule = "ip rule add from 172.16.1.131 lookup main priority 700";
    const preview = await previewWith(rule, rule.replace("add", "del"));
    succeeded(preview);
    expect(new Set(Object.values(preview.ops))).toEqual(new Set(["same"]));
    const said = lines(preview.text).filter((line) => line.includes("lost"));
    expect(said).toEqual([
      expect.stringMatching(
        /connections are lost: tcp 216\.111\.1\.11:1494 -> \S+.* because of "700: from 172\.16\.1\.131 lookup main": the answer leaves by eth1 .*\(tcp 172\.16\.1\.131:1494 -> \S+, in on eth0\)/,
      ),
      // Of the default as it is nothing is said here that is not so.
      expect.stringMatching(
        /connections would be lost when the main table's default moves: tcp 123\.234\.1\.11:1494 -> \S+.* because of "700: from 172\.16\.1\.131 lookup main": the answer again leaves by eth2 /,
      ),
    ]);
  });

  test("a firewall that shuts published services", async () => {
    const rule = "FORWARD -p tcp --dport 25 -j DROP";
    const preview = await previewWith(`iptables -I ${rule}`, `iptables -D ${rule}`);
    succeeded(preview);
    expect(lines(preview.text)).toEqual([
      expect.stringMatching(
        /published services are shut: tcp 123\.234\.1\.12:25 -> .* and 1 more; because of "-t filter -A FORWARD -p tcp -m tcp --dport 25 -j DROP"/,
      ),
    ]);
  });

  test("a managed line that is gone: the preview says what up mends, and up mends it", async () => {
    await lab.router.exec("ip rule del $(ip rule | sed -n 's/^\\([0-9]*\\):.*fwmark 0x2.*/pref \\1/p')");
    const preview = await stack.preview();
    succeeded(preview);
    expect(preview.text).toMatch(
      /this change mends connections that now are lost: tcp 216\.111\.1\.11:1494 -> .* and \d+ more; the answer leaves by eth1/,
    );
    succeeded(await stack.up());
    expect((await stack.preview()).text).toBe("");
  });

  test("a change that would break what holds is refused, with the line and the packet, and nothing is changed", async () => {
    const { site } = stack;
    const rule = "ip rule add iif eth0 from 172.16.1.140 lookup main priority 700";
    await lab.router.exec(rule);
    const before = await lab.router.dump();
    stack.site = {
      ...site,
      publish: [
        ...(site.publish as object[]),
        { link: "wan_two", address: "216.111.1.13", server: "server3", tcp: [80] },
      ],
    };
    const run = await stack.up();
    stack.site = site;
    expect(run.code).not.toBe(0);
    const said = Object.values<string>(run.failures);
    expect(said).toEqual([
      expect.stringContaining(
        "after the change a connection would not get its reply by the link it came in on: tcp 216.111.1.13:80 -> ",
      ),
    ]);
    expect(said[0]).toContain("700: from 172.16.1.140 iif eth0 lookup main");
    expect(said[0]).toContain("Nothing was changed");
    expect(await lab.router.dump()).toBe(before);
    await lab.router.exec(rule.replace("add", "del"));
    expect((await stack.preview()).text).toBe("");
  });

  test("a router of which nothing can be told says so, with the line", async () => {
    const rule = "PREROUTING -j CT --notrack";
    const preview = await previewWith(`iptables -t raw -I ${rule}`, `iptables -t raw -D ${rule}`);
    succeeded(preview);
    expect(preview.text).toMatch(
      /whether any connection gets its reply cannot be told on this router.*"-j CT --notrack" at raw PREROUTING: CT is not modelled/,
    );
  });
});
