/** Further ways in that the settings declare: a change that shuts one of them is taken back. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { LAN, type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct, type Resource } from "./direct.ts";
import { succeeded } from "./helpers.ts";

const rule = (priority: number): Resource => ({
  kind: "FwmarkRule",
  name: `rule-${priority}`,
  args: { mark: priority, mask: 0xffff, table: 77, priority },
});
/** Sends whoever comes to the router's ssh port by its LAN address to a server; the operator comes another way. */
const capture = (server: string): Resource => ({
  kind: "ServerMap",
  name: "capture",
  args: {
    map: "capture",
    entries: [{ address: LAN.router, port: 22, server }],
    hairpin: [{ network: "172.16.1.0/24", device: "eth0" }],
  },
});

/** An SSH server on a machine of the LAN, as far as its greeting goes. It ends with the lab. */
async function another(lab: Lab): Promise<void> {
  const listen =
    "require('net').createServer((s) => s.on('error', () => {}).once('data', () => s.end()).write('SSH-2.0-another\\r\\n')).listen(22, () => console.log('up'))";
  const server = lab.inNamespace("server3", [process.execPath, "-e", listen], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => server.stdout?.once("data", resolve));
}

describe("a router with a second way in", () => {
  let lab: Lab;
  let stack: Direct;
  let dump: string;
  let own: Direct["router"];
  let path: string;
  beforeAll(async () => {
    lab = await startLab();
    stack = await direct(lab);
    own = stack.router;
    const { host, port } = await lab.tunnel({ from: "lanhost", to: LAN.router });
    path = `${host}:${port}`;
    await another(lab);
    stack.resources = [rule(900)];
    await stack.deploy();
    dump = await lab.router.dump();
  });
  afterAll(() => lab?.stop());

  const attempt = async (probe: object | string, ...resources: Resource[]) => {
    stack.router = { ...own, probe };
    stack.resources = [rule(900), ...resources];
    const before = { logins: await lab.router.handshakes(), all: await lab.router.connections() };
    const run = await stack.up();
    const logins = (await lab.router.handshakes()) - before.logins;
    return { ...run, logins, probes: (await lab.router.connections()) - before.all - logins };
  };

  test.each([
    ["closed before it greeted", LAN.server1],
    ['closed after the greeting "SSH-2.0-another", before it showed a host key', LAN.server3],
  ])("one that the change shuts takes the change back, by name: %s", async (why, server) => {
    const { failures } = await attempt({ paths: [path] }, capture(server));
    expect(failures.capture).toMatch(
      new RegExp(
        `after the change a new connection from here to ${path} \\(multiwan:router\\.probe\\.paths\\[0\\]\\) no longer gets in: ${why}.*Everything was rolled back\\.$`,
      ),
    );
    expect(await lab.router.dump()).toBe(dump);
  });

  test("a change that leaves all of them open costs one key exchange before it and one by each way after it", async () => {
    const run = await attempt({ paths: [path] }, rule(901));
    succeeded(run);
    // Two sessions: the preview's and the update's.
    expect(run).toMatchObject({ logins: 2, probes: 3 });
  });

  test("by login each is a whole one, and no connection ends without", async () => {
    const run = await attempt({ by: "login", paths: [path] }, rule(901), rule(902));
    succeeded(run);
    expect(run).toMatchObject({ logins: 5, probes: 0 });
  });

  test("one that is shut already is named in a warning, and does not hold the change up", async () => {
    const run = await attempt({ paths: ["127.0.0.1:9"] }, rule(901), rule(902), rule(903));
    succeeded(run);
    expect(run.text).toContain(
      "127.0.0.1:9 (multiwan:router.probe.paths[0]) is shut even before the change: ECONNREFUSED. No change is held to this way",
    );
  });

  test("without the setting the operator's own way alone counts", async () => {
    stack.router = own;
    stack.resources = [rule(900), capture(LAN.server1)];
    succeeded(await stack.up());
    stack.resources = [];
    succeeded(await stack.up());
  });
});
