/** Networks inside that the site does not list: containers, a VPN's clients, a network behind an inner router. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { capture, inNet, run } from "../lab/command.ts";
import { INTERNET, type Lab, startLab, WANS } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { type Direct, direct } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";
import { iptablesVariants } from "../variants.ts";

/** A host in a namespace of its own, on a new device of the router. */
async function attach(lab: Lab, device: string, router: string, host: string): Promise<string> {
  const namespace = `${lab.id}-${device}`;
  const [length] = router.split("/").slice(-1);
  await run(["ip", "netns", "add", namespace]);
  const link = `ip link add ${device} type veth peer name eth0 netns ${namespace}`;
  await run([...inNet(lab.namespaces.router), ...link.split(" ")]);
  await lab.router.exec(`ip addr add ${router} dev ${device}; ip link set ${device} up`);
  await run([...inNet(namespace), "sh"], {
    input: `ip link set lo up; ip link set eth0 up; ip addr add ${host}/${length} dev eth0; ip route add default via ${router.split("/")[0]}`,
  });
  return namespace;
}

const GREET = `require("net").createServer((s) => { s.on("error", () => {}); s.end("container\\n"); }).listen(80)`;
const VISIT = (to: string, port: number) => `const s = require("net").connect(${port}, "${to}");
s.setTimeout(3000, () => process.exit(1)).on("error", () => process.exit(1));
s.once("data", (text) => { console.log(String(text).trim()); process.exit(0); }).on("close", () => process.exit(1));`;

const visits = async (namespace: string, to: string, port: number): Promise<boolean> =>
  (await capture([...inNet(namespace), process.execPath, "-e", VISIT(to, port)])).code === 0;

describe.each(iptablesVariants("nft"))("networks that only the main table knows (%s)", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  let container: string;
  let client: string;
  beforeAll(async () => {
    lab = await startLab({ iptables, foreign: false, defaultRoute: `default via ${WANS.isp1.gateway} dev eth1` });
    await startSite(lab);
    container = await attach(lab, "docker0", "172.17.0.1/16", "172.17.0.2");
    client = await attach(lab, "tun0", "10.8.0.1/24", "10.8.0.6");
    void capture([...inNet(container), process.execPath, "-e", GREET]);
    await lab.router.exec(`
iptables -t nat -A PREROUTING -p tcp --dport 8080 -m addrtype --dst-type LOCAL -j DNAT --to-destination 172.17.0.2:80
iptables -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
iptables -t nat -A POSTROUTING -s 10.8.0.0/24 ! -o eth0 -j MASQUERADE`);
    stack = await direct(lab);
    stack.site.persist = false;
    stack.site.servers = {
      ...(stack.site.servers as object),
      server3: { address: "172.16.1.140", via: "wan_two" },
    };
  });
  afterAll(() => lab?.stop());

  const published = async (to: string) =>
    (await lab.connect({ from: "internet", to, port: 8080, timeoutMs: 4000 })).banner;

  test.each(["every-packet", "reply-only"])("%s: they are reached, and reach the internet", async (marking) => {
    stack.site.marking = marking;
    succeeded(await stack.up());
    expect(await stack.preview()).toMatchObject({ code: 0, drift: [] });
    const seen = {
      "a container's own connection": await visits(container, INTERNET.web, 80),
      "its published port, by the default link": await published(WANS.isp1.router),
      "its published port, by the other link": await published("216.111.1.10"),
      "a VPN client's way out": await visits(client, INTERNET.web, 80),
      "a VPN client to a server with via": await visits(client, "172.16.1.140", 80),
      "a VPN client to the router's external address": await visits(client, "216.111.1.10", 22),
    };
    expect(seen).toEqual({
      "a container's own connection": true,
      "its published port, by the default link": "container",
      "its published port, by the other link": "container",
      "a VPN client's way out": true,
      "a VPN client to a server with via": true,
      "a VPN client to the router's external address": true,
    });
  });

  test("a VPN that halves the default routes takes no reply of a published service along", async () => {
    await lab.router.exec("ip route add 0.0.0.0/1 via 10.8.0.6; ip route add 128.0.0.0/1 via 10.8.0.6");
    stack.site.marking = "every-packet";
    succeeded(await stack.up());
    const { completed, outbound } = await lab.connect({ from: "internet", to: "216.111.1.11", port: 1494 });
    expect({ completed, outbound }).toEqual({ completed: true, outbound: "isp2" });
    expect((await lab.connect({ from: "internet", to: "216.111.1.10", port: 22 })).banner).toContain("SSH-2.0");
    await lab.router.exec("ip route del 0.0.0.0/1; ip route del 128.0.0.0/1");
  });

  test("after a destroy no rule is left", async () => {
    succeeded(await stack.destroy());
    expect(await lab.router.exec("ip rule show | grep -v 'lookup \\(local\\|main\\|default\\) *$' || :")).toBe("");
  });
});

test("a network of the LAN behind an inner router is reached by that router, as the main table has it", async () => {
  await using lab = await startLab({ foreign: false, defaultRoute: `default via ${WANS.isp1.gateway} dev eth1` });
  await startSite(lab);
  // server3 is the inner router, 10.99.7.10 a host behind it.
  await run([...inNet(lab.namespaces.server3), "sh"], {
    input: "ip addr add 10.99.7.10/32 dev lo; echo 1 >/proc/sys/net/ipv4/ip_forward",
  });
  await lab.router.exec("ip route add 10.99.0.0/16 via 172.16.1.140");
  const stack = await direct(lab);
  stack.site.persist = false;
  stack.site.lan = { device: "eth0", networks: ["172.16.1.0/24", "10.99.0.0/16"], address: "172.16.1.1" };
  stack.site.servers = { ...(stack.site.servers as object), inner: "10.99.7.10" };
  stack.site.publish = [
    ...(stack.site.publish as object[]),
    { link: "wan_two", address: "216.111.1.13", server: "inner", tcp: [80] },
  ];
  succeeded(await stack.up());
  expect(await lab.router.exec("ip route show table 2 10.99.0.0/16")).toMatch(
    /^10.99.0.0\/16 via 172.16.1.140 dev eth0/,
  );
  expect(await stack.preview()).toMatchObject({ code: 0, drift: [] });
  expect((await lab.connect({ from: "internet", to: "216.111.1.13", port: 80 })).completed).toBe(true);
  // The main table changes its mind: the preview says so, and the next up follows.
  await run([...inNet(lab.namespaces.server2), "ip", "addr", "add", "172.16.1.141/24", "dev", "eth0"]);
  await lab.router.exec("ip route replace 10.99.0.0/16 via 172.16.1.141");
  expect(Object.values((await stack.preview()).ops).filter((op) => op === "update")).toHaveLength(2);
  succeeded(await stack.destroy());
});
