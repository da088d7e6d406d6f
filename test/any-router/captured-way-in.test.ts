/**
 * A published service on the address and port by which the operator comes in captures every new login. The router alone
 * knows that address where `host` is a name, a tunnel or a port forward, and a server inside with the same build of sshd
 * greets as the router does.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { OBSERVER } from "../../provider/observe/observer.ts";
import { LAN, type Lab, MANAGEMENT, startLab, WANS } from "../lab/index.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { iptablesVariants } from "../variants.ts";
import { startOtherSshd } from "./other-sshd.ts";

type Entry = { address: string; port: number | string; protocol?: "tcp" | "udp"; server?: string };

const map = (...entries: Entry[]): Resource => ({
  kind: "ServerMap",
  name: "doors",
  args: {
    map: "doors",
    entries: entries.map((entry) => ({ server: LAN.server1, ...entry })),
    hairpin: [{ network: "172.16.1.0/24", device: "eth0" }],
  },
});

describe.each(iptablesVariants("nft"))("a router with empty tables (%s)", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  let own: Direct["router"];
  let dump: string;
  beforeAll(async () => {
    lab = await startLab({ foreign: false, iptables });
    stack = await direct(lab);
    own = stack.router;
    await startOtherSshd(lab, "server1");
    dump = await lab.router.dump();
  });
  afterAll(() => lab?.stop());

  const refused = async (path: string) => {
    for (const run of [await stack.preview(), await stack.up()]) {
      expect(run.failures.doors ?? Object.values(run.failures).join("\n")).toMatch(
        new RegExp(`${path}: .*the operator would be locked out`),
      );
      expect(run.code).toBe(1);
    }
    expect(await lab.router.dump()).toBe(dump);
  };

  test("`host` is a tunnel or a port forward: refused in the preview, by the entry's place", async () => {
    stack.router = own;
    stack.resources = [map({ address: LAN.router, port: 80 }, { address: MANAGEMENT.router, port: 22 })];
    await refused("entries\\[1\\]");
  });

  test("`host` is a name, the port is in a published range", async () => {
    stack.router = { ...own, host: "localhost" };
    stack.resources = [map({ address: MANAGEMENT.router, port: "20-30" })];
    await refused("entries\\[0\\]");
  });

  test("the operator comes from the internet, by an address of a link: refused by the place in the stack file", async () => {
    const { host, port } = await lab.tunnel({ from: "isp1", to: WANS.isp1.router });
    stack.router = { ...own, host, port };
    stack.resources = undefined;
    const [first] = stack.site.publish as { address: string; link: string; tcp: unknown[] }[];
    const links = stack.site.links as Record<string, { existing?: string[]; address?: string }>;
    links.wan_one!.existing = [WANS.isp1.router];
    Object.assign(first!, { address: WANS.isp1.router, tcp: [80, { port: 22, to: 22 }] });
    await refused("multiwan:site\\.publish\\[0\\]\\.tcp\\[1\\]");
  });

  test("a further way in counts also where no stack file was checked, as a name too", async () => {
    const { host, port } = await lab.tunnel({ from: "lanhost", to: LAN.router });
    stack.router = { ...own, probe: { by: "banner", paths: [`${host}:${port}`, `${LAN.router}:22`] } };
    stack.resources = [map({ address: LAN.router, port: 22 })];
    await refused("entries\\[0\\]");
    stack.router = { ...own, probe: { by: "banner", paths: [`localhost:${port}`] } };
    stack.resources = [map({ address: "127.0.0.1", port })];
    await refused("entries\\[0\\]");
  });

  test("who may only look sees it too", async () => {
    await lab.router.exec("cat > /tmp/observe && chmod 755 /tmp/observe", OBSERVER);
    stack.router = { ...own, readOnly: "/tmp/observe" };
    stack.resources = [map({ address: MANAGEMENT.router, port: 22 })];
    const run = await stack.preview();
    await lab.router.exec("rm /tmp/observe");
    expect(run.failures.doors).toMatch(/entries\[0\]: .*the operator would be locked out/);
  });

  test("what does not come near the way in is no reason: another port, protocol or address", async () => {
    stack.router = own;
    stack.resources = [
      map(
        { address: MANAGEMENT.router, port: 22, protocol: "udp" },
        { address: MANAGEMENT.router, port: "23-30" },
        { address: LAN.router, port: 22 },
        { address: WANS.isp1.router, port: 22 },
      ),
    ];
    expect(await stack.up()).toMatchObject({ code: 0, failures: {} });
    stack.resources = [];
    expect(await stack.up()).toMatchObject({ code: 0 });
  });
});
