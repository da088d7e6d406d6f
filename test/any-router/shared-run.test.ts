import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";

/** A second router on the same machine: a network namespace of its own with an sshd, and the first one's /run. */
const TWIN = `
ip netns add twin
ip link add tw0 type veth peer name tw1 netns twin
ip addr add 10.77.0.1/30 dev tw0; ip link set tw0 up
ip netns exec twin sh -c 'ip link set lo up; ip addr add 10.77.0.2/30 dev tw1; ip link set tw1 up; ip route add default via 10.77.0.1
  for d in eth0 eth1 eth2; do ip link add $d type dummy; ip link set $d up; done
  ip addr add 149.99.251.146/30 dev eth1; ip addr add 66.119.160.2/24 dev eth2; ip addr add 172.16.1.1/24 dev eth0'
echo 1 >/proc/sys/net/ipv4/ip_forward
ip netns exec twin /usr/sbin/sshd -o PidFile=none -o ListenAddress=10.77.0.2`;
const MANIFEST = "/run/multiwan/manifest";

describe("two routers that share one folder for volatile files", () => {
  let lab: Lab;
  let first: Direct;
  let twin: Direct;
  beforeAll(async () => {
    lab = await startLab({ foreign: false });
    await lab.router.exec(TWIN);
    await lab.run("operator", ["ip", "route", "add", "10.77.0.0/30", "via", "192.168.99.1"]);
    first = await direct(lab);
    succeeded(await first.up());
    twin = await direct(lab);
    twin.stack = "multiwan/twin";
    twin.router = { ...twin.router, port: (await lab.tunnel({ to: "10.77.0.2" })).port };
  });
  afterAll(() => lab?.stop());

  test("the second is refused, with the reason and what to do, and the first one's list stays", async () => {
    const before = await lab.router.exec(`cat ${MANIFEST}`);
    const run = await twin.up();
    expect(run.code).toBe(1);
    expect(run.text).toContain("lists the lines of another router");
    expect(run.text).toMatch(/network namespace \d+, which is in use/);
    expect(run.text).toContain("a /run of its own");
    expect(await lab.router.exec(`cat ${MANIFEST}`)).toBe(before);
    expect(new Set(Object.values((await first.preview()).ops))).toEqual(new Set(["same"]));
  });

  test("a container that was started again has another namespace and the same list: it goes on, and says the new one", async () => {
    // No namespace has this number any more.
    await lab.router.exec(`sed -i 's/^\\(# namespace: [^ ]*\\) .*/\\1 17/' ${MANIFEST}; ip rule del pref 1024`);
    const preview = await first.preview();
    succeeded(preview);
    expect(preview.drift).not.toEqual([]);
    succeeded(await first.up());
    const inode = (await lab.router.exec("readlink /proc/self/ns/net")).replace(/\D/g, "");
    expect(await lab.router.exec(`cat ${MANIFEST}`)).toMatch(new RegExp(`^# namespace: \\S+ ${inode}$`, "m"));
  });

  test("a list or a boot file in a newer format is refused in a sentence, and stays", async () => {
    const { text, code } = await newer(MANIFEST);
    expect(code).toBe(1);
    expect(text).toContain("a newer version of pulumi-multiwan has written it");
    const boot = await newer("/etc/multiwan/boot");
    expect(boot.text).toContain("a newer version of pulumi-multiwan has written it");
    expect((await first.preview()).code).toBe(0);
  });

  async function newer(path: string) {
    await lab.router.exec(`cp -p ${path} /tmp/kept; sed -i '1a # format: 2' ${path}`);
    const run = await first.up();
    await lab.router.exec(`grep -q '^# format: 2' ${path} && cat /tmp/kept >${path}`);
    return run;
  }

  test("one that an older version has written is taken as it is: the next run is quiet", async () => {
    await lab.router.exec(`sed -i '/^# [a-z]*: /d' ${MANIFEST}`);
    expect(new Set(Object.values((await first.up()).ops))).toEqual(new Set(["same"]));
    first.site = { ...first.site, default: "wan_two" };
    succeeded(await first.up());
    expect(await lab.router.exec(`cat ${MANIFEST}`)).toContain("# format: 1\n# router: ");
  });
});
