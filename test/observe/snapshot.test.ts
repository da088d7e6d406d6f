import { describe, expect, test } from "@jest/globals";
import { formatRule } from "../../provider/dialects/iproute2/rule.ts";
import { parseSnapshot, snapshotScript } from "../../provider/observe/snapshot.ts";
import { inKernel, NONCE, output, problems, read, why } from "./reading.ts";

const TABLES = String.raw`
printf '255\tlocal\n254\tmain\n253\tdefault\n1\twan_one\n2 wan_two' >/run/rt_tables
mount --bind /run/rt_tables /etc/iproute2/rt_tables`;

const SITE = `${TABLES}
ip link set lo up
ip link add eth0 type veth peer name peer0
ip link add eth0.5 type veth peer name peer1
for d in eth0 eth0.5 peer0 peer1; do ip link set $d up; done
ip addr add 172.16.1.1/24 dev eth0
ip route add default via 172.16.1.254 dev eth0 table 1
ip rule add fwmark 1 table 1 prio 1024
echo 2 >/proc/sys/net/ipv4/conf/eth0.5/rp_filter`;

/** `ip` by busybox alone. */
const BUSYBOX_IP = "mkdir /run/bin; ln -s $(command -v busybox) /run/bin/ip; PATH=/run/bin:$PATH; export PATH";

inKernel(`the snapshot of a real kernel${why}`, () => {
  test.each(["dash", "busybox sh"])("is whole, read by %s", (shell) => {
    const snapshot = read(SITE, shell);
    expect(snapshot.devices.map((d) => d.name).sort()).toEqual(["eth0", "eth0.5", "lo", "peer0", "peer1"]);
    expect(snapshot.addresses.map((a) => `${a.device} ${a.address}/${a.prefix}`)).toEqual([
      "lo 127.0.0.1/8",
      "eth0 172.16.1.1/24",
    ]);
    expect(snapshot.rules.map((rule) => formatRule(rule, snapshot.tableNames.names))).toEqual([
      "0: from all lookup local",
      "1024: from all fwmark 0x1 lookup wan_one",
      "32766: from all lookup main",
      "32767: from all lookup default",
    ]);
    expect(snapshot.routes.find((r) => r.table === 1)).toMatchObject({
      destination: "default",
      gateway: "172.16.1.254",
    });
    expect(snapshot.sysctls.get("net.ipv4.conf.eth0/5.rp_filter")).toBe("2");
    expect(snapshot.sysctls.get("net.ipv4.conf.all.src_valid_mark")).toBe("0");
    expect(snapshot.sysctls.get("net.ipv4.ip_forward")).toBe("0");
    expect(snapshot.bootId).toMatch(/^[0-9a-f-]{36}$/);
    expect(snapshot.capabilities).toMatchObject({ root: true, stateDir: "/run/multiwan", ip: { variant: "iproute2" } });
    expect(snapshot.capabilities.kernel).toMatch(/^\d+\./);
    expect(snapshot.manifest).toBeUndefined();
  });

  test("tells what IPsec and traffic control may do to packets, where they are set up", () => {
    const plain = read(SITE);
    expect([plain.xfrm, plain.traffic]).toEqual([undefined, undefined]);
    const { xfrm, traffic } = read(`${SITE}
      ip xfrm policy add src 172.16.1.0/24 dst 10.50.0.0/16 dir out tmpl src 1.2.3.4 dst 5.6.7.8 proto esp mode tunnel
      tc qdisc add dev eth0 ingress
      tc filter add dev eth0 parent ffff: protocol ip u32 match u32 0 0 action mirred egress redirect dev eth0.5
      tc qdisc add dev eth0.5 ingress`);
    expect(xfrm?.map(({ selects }) => selects)[0]).toEqual({ from: ["172.16.1.0/24"], to: ["10.50.0.0/16"] });
    expect(traffic?.map(({ text, selects }) => [text, selects])).toEqual([
      ["mirred (Egress Redirect to device eth0.5) stolen", { in: ["eth0"] }],
    ]);
  });

  test("is the same by busybox's ip, but for what that does not print", () => {
    const lean = ({ rules, addresses, devices }: ReturnType<typeof read>) => ({
      rules,
      addresses,
      devices: devices.length,
    });
    const snapshot = read(`${SITE}\n${BUSYBOX_IP}`);
    expect(snapshot.capabilities.ip).toEqual({ variant: "busybox", version: expect.stringMatching(/^\d+\.\d+/) });
    expect(lean(snapshot)).toEqual(lean(read(SITE)));
  });

  test("knows a busybox that was built without its usage, whose version nothing tells", () => {
    const mute = `mkdir /run/bin; printf '#!/bin/sh\\n[ "$1" = -V ] && exit 1\\nexec busybox ip "$@"\\n' >/run/bin/ip; chmod 755 /run/bin/ip; PATH=/run/bin:$PATH; export PATH`;
    expect(read(`${SITE}\n${mute}`).capabilities.ip).toEqual({ variant: "busybox", version: "" });
  });

  test("leaves nothing behind: no tables of either variant, no file", () => {
    const after = `echo "[$(cat /proc/net/ip_tables_names 2>/dev/null)] [$(nft list tables)] [$(ls /run)]"`;
    expect(output("", { after }).split("\n").at(-2)).toBe("[] [] []");
  });

  test("has rt_tables byte by byte, the missing newline at its end too", () => {
    const { tableNames } = read(TABLES);
    expect(tableNames.text).toBe("255\tlocal\n254\tmain\n253\tdefault\n1\twan_one\n2 wan_two");
    expect(tableNames.path).toBe("/etc/iproute2/rt_tables");
  });

  test("knows the names of rt_tables.d, whose files may lack the newline at their end", () => {
    const dir =
      "mkdir /run/d; printf '# x\\n7 seven' >/run/d/a.conf; printf '8 eight' >/run/d/b.conf; printf '9 nine' >/run/d/c";
    const { names } = read(`${dir}; mount --bind /run/d /etc/iproute2/rt_tables.d`).tableNames;
    expect([names.get(7), names.get(8), names.get(9)]).toEqual(["seven", "eight", undefined]);
  });

  test("has no text of rt_tables where there is no such file, and the names that ip has built in", () => {
    const snapshot = read("mkdir /run/empty; mount --bind /run/empty /etc/iproute2");
    expect(snapshot.tableNames).toEqual({ path: "/etc/iproute2/rt_tables", text: undefined, names: new Map() });
    expect(snapshot.rules.map((rule) => rule.table)).toEqual([255, 254, 253]);
  });

  test("has the manifest byte by byte", () => {
    const { manifest } = read("mkdir /run/multiwan; printf 'a\\n\\n@@b end 0\\n\\n\\n' >/run/multiwan/manifest");
    expect(manifest).toBe("a\n\n@@b end 0\n\n\n");
  });

  test("knows who is in the middle of a change, and does not take our own for another's", () => {
    const lock = (run: string, seconds: number, boot = "$(cat /proc/sys/kernel/random/boot_id)") =>
      `mkdir -m 700 /run/multiwan; read up _ </proc/uptime
printf '%s %s %s\\n%s\\n' ${run} $((\${up%%.*} + ${seconds})) "${boot}" "anna b@laptop" >/run/multiwan/lock`;
    expect(read(lock("0123", 500)).atWork).toEqual({ who: "anna b@laptop", seconds: expect.any(Number) });
    expect(read(lock("0123", -1)).atWork).toBeUndefined();
    expect(read(lock("0123", 500, "another")).atWork).toBeUndefined();
    expect(read(lock(NONCE, 500)).atWork).toBeUndefined();
    expect(read("").atWork).toBeUndefined();
    // It began while we were reading.
    const late = `mkdir /run/bin; printf '#!/bin/sh\\n%s\\n' '${lock("0123", 500).replaceAll("'", "'\\''")}' >/run/bin/nft; chmod 755 /run/bin/nft; PATH=/run/bin:$PATH; export PATH`;
    expect(read(late).atWork).toMatchObject({ who: "anna b@laptop" });
  });

  test("does not take a file that cannot be read for an empty one", () => {
    // An /etc of its own: nothing of this is to be seen outside.
    const broken = `mkdir -p /run/bin /run/upper /run/work; mount -t overlay -o lowerdir=/etc,upperdir=/run/upper,workdir=/run/work none /etc
mkdir /etc/multiwan; echo text | tee /etc/multiwan/boot >/etc/multiwan/load; chmod 755 /etc/multiwan/load
printf '#!/bin/sh\\ncase $1 in /etc/multiwan/*) exit 4 ;; esac\\nexec /bin/cat "$@"\\n' >/run/bin/cat; chmod 755 /run/bin/cat; PATH=/run/bin:$PATH; export PATH`;
    expect(problems(broken)).toEqual([
      { problem: "failed", command: "reading /etc/multiwan/boot", exitCode: 4 },
      { problem: "failed", command: "reading /etc/multiwan/load", exitCode: 4 },
    ]);
  });

  test("does not take settings that cannot be read for settings that the kernel lacks", () => {
    const broken = `mkdir -p /run/bin; printf '#!/bin/sh\\nexit 3\\n' >/run/bin/grep; chmod 755 /run/bin/grep; PATH=/run/bin:$PATH; export PATH`;
    expect(problems(broken)).toEqual([{ problem: "failed", command: "reading /proc/sys", exitCode: 3 }]);
  });

  test("takes the next tmpfs for its state where /run cannot be written", () => {
    expect(read("mount -t tmpfs none /dev/shm; mount -o remount,ro /run").capabilities.stateDir).toBe(
      "/dev/shm/multiwan",
    );
  });

  test("sees the daemons of its own network namespace and whose device is whose", () => {
    const daemon = (name: string) =>
      `cp $(command -v sleep) /run/${name}; /run/${name} 30 >/dev/null 2>&1 & pids="$pids $!"`;
    // Has ended, but nobody waits for it.
    const ended =
      "cp $(command -v sleep) /run/pppd; sh -c '/run/pppd 0 & exec sleep 30' >/dev/null 2>&1 & pids=\"$pids $!\"";
    const state =
      "mkdir -p /run/systemd/netif/links /run/NetworkManager/devices; echo ADMIN_STATE=configured >/run/systemd/netif/links/1; printf '[device]\\nmanaged=true\\n' >/run/NetworkManager/devices/1";
    const setup = `pids=\n${daemon("udhcpc")}\n${daemon("systemd-networkd")}\n${daemon("sshd")}\ncp $(command -v sleep) /run/dhclient; unshare -n /run/dhclient 30 >/dev/null 2>&1 & pids="$pids $!"\n${ended}\nsleep 0.3\n${state}`;
    const snapshot = parseSnapshot(output(setup, { after: "kill $pids" }), NONCE);
    expect(snapshot.capabilities.daemons).toEqual(["systemd-networkd", "udhcpc"]);
    expect(snapshot.devices[0]).toMatchObject({ name: "lo", managedBy: "systemd-networkd" });
  });

  test("leaves a device with a strange name alone, and says so", () => {
    const snapshot = read("ip link add 'a;reboot' type veth peer name b0");
    expect([snapshot.strange, snapshot.devices.map((d) => d.name).sort()]).toEqual([["a;reboot"], ["b0", "lo"]]);
  });
});

describe("the output of the script", () => {
  test("that was cut short is refused", () => {
    expect(() => parseSnapshot(`\n@@${NONCE} begin 0\nuid 0\n\n@@${NONCE} facts 0\n`, NONCE)).toThrow("not complete");
  });

  test("of another run is refused", () => {
    expect(() => parseSnapshot("\n@@ffffffffffffffff begin 0\n\n@@ffffffffffffffff end 0\n", NONCE)).toThrow(
      "not complete",
    );
  });

  test("is only marked by a nonce that is safe in a script", () => {
    expect(() => snapshotScript("$(reboot)")).toThrow(TypeError);
  });
});
