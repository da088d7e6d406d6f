import { expect, test } from "@jest/globals";
import { startLab } from "../../lab/index.ts";
import { startSite } from "../../lab/site.ts";
import { direct } from "../../rows/direct.ts";
import { DOORS, succeeded, through } from "../../rows/helpers.ts";

/** What ifupdown does for `iface eth1 inet static` with address and gateway: any command that fails ends it. */
const IFUP = `set -e
export IFACE=eth1 LOGICAL=eth1 ADDRFAM=inet METHOD=static MODE=start IF_ADDRESS=149.99.251.146 IF_GATEWAY=149.99.251.145
for f in /etc/network/if-pre-up.d/*; do [ ! -x "$f" ] || PHASE=pre-up "$f"; done
ip addr add 149.99.251.146/30 dev eth1
ip link set dev eth1 up
ip route add default via 149.99.251.145 dev eth1 onlink
for f in /etc/network/if-up.d/*; do [ ! -x "$f" ] || PHASE=post-up "$f"; done`;

test("ifup of a device with a gateway succeeds while the default route is another link's, and ends with ours", async () => {
  await using lab = await startLab({ defaultRoute: "default via 149.99.251.145 dev eth1" });
  await startSite(lab);
  await using run = await direct(lab);
  run.site.default = "wan_two";
  succeeded(await run.up());
  const before = await lab.router.dump();
  await lab.router.exec("ip route flush dev eth1; ip addr flush dev eth1; ip link set eth1 down");
  await lab.router.exec(IFUP);
  await lab.router.exec('until ip -o link show dev eth1 | grep -q "state UP"; do sleep 0.1; done');
  expect(await lab.router.exec("ip route show default")).toBe("default via 66.119.160.1 dev eth2 \n");
  expect(await lab.router.dump()).toBe(before);
  expect(await lab.connect(DOORS.one)).toMatchObject(through("isp1"));
  const again = await run.up();
  expect(new Set(Object.values(again.ops))).toEqual(new Set(["same"]));
});
