/** The managed lines stay in the variant of iptables that they are in, whatever holds rules and whatever plain iptables is later. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";

const DOORS: Resource = {
  kind: "ServerMap",
  name: "doors",
  args: { map: "doors", entries: [{ address: "192.168.99.1", port: 2222, server: "172.16.1.131" }] },
};
const MARKS: Resource = {
  kind: "ConnmarkChain",
  name: "marks",
  args: { chain: "doors", mask: "0x0f000000", links: [{ device: "eth1", mark: "0x01000000" }] },
};
const LEGACY_RULE = "iptables-legacy -t nat -A POSTROUTING -s 10.3.0.0/16 -j MASQUERADE";
const DOCKER =
  "iptables-nft -t nat -N DOCKER; iptables-nft -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER";

describe("plain iptables is nft", () => {
  let lab: Lab;
  let stack: Direct;
  beforeAll(async () => {
    lab = await startLab({ iptables: "nft", foreign: false });
    stack = await direct(lab);
    stack.inOrder = false;
  });
  afterAll(() => lab?.stop());
  beforeEach(async () => {
    await lab.router.exec(
      "rm -f /usr/local/sbin/iptables*; nft flush ruleset; for t in nat mangle filter; do iptables-legacy -t $t -F; iptables-legacy -t $t -X; done",
    );
    await lab.router.exec(LEGACY_RULE);
    stack.resources = [DOORS, MARKS];
    succeeded(await stack.up());
  });

  const managed = (variant: string) => lab.router.exec(`iptables-${variant}-save | grep -c mw- || :`);
  const isQuiet = async () => {
    expect((await stack.preview()).ops).toEqual({ doors: "same", marks: "same" });
    expect((await stack.up()).ops).toEqual({ doors: "same", marks: "same" });
  };

  test.each([
    ["a manifest that says so", ":"],
    ["an older manifest", "sed -i '/^# iptables: /d' /run/multiwan/manifest"],
  ])("rules that come in the other variant change nothing: %s", async (_, script) => {
    await lab.router.exec(`${DOCKER}; ${script}`);
    const count = await managed("legacy");
    await isQuiet();
    expect([await managed("legacy"), await managed("nft")]).toEqual([count, "0\n"]);
    succeeded(await stack.destroy());
    expect([await managed("legacy"), await managed("nft")]).toEqual(["0\n", "0\n"]);
    expect(await lab.router.exec("iptables-legacy-save -t nat")).toContain("-s 10.3.0.0/16");
    expect(await lab.router.exec("iptables-nft-save -t nat")).toContain("-j DOCKER");
  });

  test("another plain iptables changes nothing, also where the list is lost", async () => {
    succeeded(await stack.destroy());
    await lab.router.exec("iptables-legacy -t nat -F");
    succeeded(await stack.up());
    const count = await managed("nft");
    await lab.router.exec(
      `mkdir -p /usr/local/sbin; for s in '' -save -restore; do ln -sf $(command -v iptables-legacy$s) /usr/local/sbin/iptables$s; done; ${LEGACY_RULE}`,
    );
    expect(await lab.router.exec("iptables -V")).toContain("legacy");
    await isQuiet();
    await lab.router.exec("rm -rf /run/multiwan");
    succeeded(await stack.up());
    expect([await managed("legacy"), await managed("nft")]).toEqual(["0\n", count]);
    succeeded(await stack.destroy());
    expect([await managed("legacy"), await managed("nft")]).toEqual(["0\n", "0\n"]);
  });

  test("emptied meanwhile, it is filled where it was", async () => {
    await lab.router.exec(`${DOCKER}; iptables-legacy -t mangle -F; iptables-legacy -t mangle -X`);
    await lab.router.exec(`iptables-legacy -t nat -F; iptables-legacy -t nat -X; ${LEGACY_RULE}`);
    succeeded(await stack.up());
    expect(await managed("nft")).toBe("0\n");
    await isQuiet();
    succeeded(await stack.destroy());
    expect(await managed("legacy")).toBe("0\n");
  });

  test("managed lines in both are refused, by both names and with the command that ends it", async () => {
    await lab.router.exec(
      "iptables-legacy-save | iptables-nft-restore; iptables-nft -t filter -A INPUT -s 10.4.0.1 -j ACCEPT",
    );
    const both = [await managed("legacy"), await managed("nft")];
    for (const run of [await stack.preview(), await stack.destroy()]) {
      expect(run.text).toMatch(/both variants of iptables hold managed lines, iptables-legacy and iptables-nft/);
      expect(run.text).toContain("Nothing was changed");
    }
    expect([await managed("legacy"), await managed("nft")]).toEqual(both);
    const [command = ""] =
      /iptables-nft-save -c \| .* \| iptables-nft-restore -c/.exec((await stack.preview()).text) ?? [];
    await lab.router.exec(command);
    expect(await managed("nft")).toBe("0\n");
    expect(await lab.router.exec("iptables-nft-save")).toContain("-s 10.4.0.1");
    await isQuiet();
    succeeded(await stack.destroy());
    expect(await managed("legacy")).toBe("0\n");
  });
});
