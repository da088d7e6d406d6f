/**
 * A reboot of the lab's router: every login and daemon is gone, /run is empty, the kernel has forgotten all that was
 * configured, and then the machine starts again: its own addresses, other people's lines, and the boot hooks it has.
 */
import { FOREIGN_SCRIPT } from "../../lab/foreign.ts";
import { LAN, type Lab, type LabOptions, MANAGEMENT, WANS } from "../../lab/index.ts";

export type Boot = "ifupdown" | "systemd" | "sysvinit" | "none";

export async function reboot(lab: Lab, options: LabOptions, boots: readonly Boot[] = ["ifupdown"]): Promise<void> {
  await powerOff(lab);
  await powerOn(lab, options, boots);
}

/** Not a word to anybody: the cable is out before the processes go. */
export async function powerOff(lab: Lab): Promise<void> {
  await lab.router.exec(OFF);
}

export async function powerOn(lab: Lab, options: LabOptions, boots: readonly Boot[] = ["ifupdown"]): Promise<void> {
  await lab.router.exec(`${on(options)}
${options.foreign === false ? "" : FOREIGN_SCRIPT}
${boots.map((boot) => START[boot]).join("\n")}`);
}

// sshd itself, the first process and this shell stay: the lab needs them.
const OFF = `
ip link set eth3 down
for d in /proc/[0-9]*; do
  p=\${d#/proc/}
  [ $p != 1 ] && [ $p != $$ ] || continue
  read -r c <$d/cmdline 2>/dev/null || :
  case $c in cat|cat*/dev/null|"") continue ;; *sshd*-D*|*sshd:*listener*) continue ;; esac
  kill -9 $p 2>/dev/null
done
for dev in eth0 eth1 eth2 eth3; do ip link set $dev down; ip addr flush dev $dev; done
ip rule show | while IFS=: read -r pref rest; do
  case $pref in 0|3276[67]) ;; *) ip rule del pref $pref ;; esac
done
for t in legacy nft; do
  for table in mangle nat filter raw; do
    iptables-$t-save -t $table 2>/dev/null | grep -q . || continue
    iptables-$t -t $table -F; iptables-$t -t $table -X
  done
done
ip route flush table 77 2>/dev/null; ip route flush table 1 2>/dev/null; ip route flush table 2 2>/dev/null
rm -rf /run/multiwan /run/xtables.lock /dev/shm/multiwan /tmp/multiwan /tmp/boot_id
umount /proc/sys/kernel/random/boot_id 2>/dev/null
umount /proc/uptime 2>/dev/null
cat /proc/sys/kernel/random/uuid >/tmp/.boot_id
mount --bind /tmp/.boot_id /proc/sys/kernel/random/boot_id
true`;

const on = ({ rpFilter = 1, defaultRoute }: LabOptions) => `
for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo ${rpFilter} >$f; done
for f in /proc/sys/net/ipv4/conf/*/src_valid_mark; do echo 0 >$f; done
ip addr add 127.0.0.1/8 dev lo 2>/dev/null; ip link set lo up
ip addr add ${LAN.router}/24 dev eth0
ip addr add ${WANS.isp1.router}/30 dev eth1
ip addr add ${WANS.isp2.router}/30 dev eth2
ip addr add ${MANAGEMENT.router}/24 dev eth3
for dev in eth0 eth1 eth2 eth3; do ip link set $dev up; done
for dev in eth0 eth1 eth2 eth3; do
  i=0; until ip link show dev $dev >/dev/null; grep -q up /sys/class/net/$dev/operstate || [ $i -ge 100 ]; do sleep 0.02; i=$((i + 1)); done
done
${defaultRoute === undefined ? "" : `ip route add ${defaultRoute}`}`;

/** How each init system would start the loader. */
const START: Record<Boot, string> = {
  ifupdown: `for dev in lo eth0 eth1 eth2 eth3 --all; do
  for hook in /etc/network/if-up.d/*; do [ ! -x "$hook" ] || IFACE=$dev MODE=start PHASE=post-up "$hook"; done
done`,
  systemd: `for unit in /etc/systemd/system/multi-user.target.wants/multiwan*; do
  [ ! -f "$unit" ] || sed -n 's/^ExecStart=//p' "$unit" | sh
done`,
  sysvinit: `for init in /etc/rcS.d/S*; do [ ! -x "$init" ] || "$init" start; done`,
  none: "",
};
