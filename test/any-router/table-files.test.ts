/** rt_tables as routers have it: behind a link, read-only, without a folder, with names that several tables share. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";
import { variants } from "../variants.ts";

const TABLE: Resource = {
  ...{ kind: "RoutingTable", name: "one" },
  args: { table: 1, name: "wan_one", device: "eth1", gateway: "149.99.251.145" },
};
const FILE = "/etc/iproute2/rt_tables";

describe.each(variants(["dash", "busybox"] as const, "busybox"))("names of tables, %s", (sh) => {
  let lab: Lab;
  let stack: Direct;
  const exec = (command: string) => lab.router.exec(command);
  beforeAll(async () => {
    lab = await startLab({ sh, busybox: sh === "busybox" });
    await startSite(lab);
    stack = await direct(lab);
    await exec("cp -a /etc/iproute2 /etc/iproute2.seed");
  });
  beforeEach(() => exec("rm -rf /etc/iproute2 && cp -a /etc/iproute2.seed /etc/iproute2"));
  afterAll(() => lab?.stop());

  /** Up and destroy, with a look in between; the router is as before. */
  const live = async (look: (text: string) => Promise<void>) => {
    const before = await lab.router.dump();
    stack.resources = [TABLE];
    const { text, ...run } = await stack.up();
    succeeded({ text, ...run });
    await look(text);
    expect((await stack.preview()).ops).toEqual({ one: "same" });
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(before);
  };

  test("a link stays a link, and the file behind it keeps mode and owner", async () => {
    await exec(`mkdir -p /etc/vendor; mv ${FILE} /etc/vendor/tables; chmod 640 /etc/vendor/tables; chown 7:7 /etc/vendor/tables
      ln -s ../vendor/tables ${FILE}`);
    await live(async () => {
      expect(await exec(`grep wan_one ${FILE}; [ -L ${FILE} ] && ls -ln /etc/vendor/tables`)).toMatch(
        /^1 wan_one\n-rw-r----- +1 +7 +7 /,
      );
    });
  });

  test("a folder that was made for the file goes with it, and an empty one that was there stays", async () => {
    await exec("rm -rf /etc/iproute2");
    await live(async () => expect(await exec(`cat ${FILE}`)).toContain("1 wan_one\n"));
    await exec("mkdir /etc/iproute2");
    await live(async () => expect(await exec(`cat ${FILE}`)).toBe("1 wan_one\n"));
  });

  test("names of a packaged file, which ip does not read beside one in /etc, are still names", async () => {
    await exec(`rm ${FILE}; mkdir -p /usr/share/iproute2; printf '254 main\\n77 vendor_vpn\\n' >/usr/share/iproute2/rt_tables
      ip route add 10.71.8.0/24 via 192.168.99.2 dev eth3 table 77`);
    await live(async () => {
      expect(await exec("ip route show table vendor_vpn")).toContain("10.71.8.0/24 via 192.168.99.2");
      expect(await exec("ip route show table wan_one")).toContain("default via 149.99.251.145");
    });
    await exec("ip route flush table 77; rm /usr/share/iproute2/rt_tables");
  });

  test("a file that was there and empty is empty again", async () => {
    await exec(`: >${FILE}; chmod 640 ${FILE}`);
    await live(async () => expect(await exec(`cat ${FILE}`)).toContain("1 wan_one\n"));
    expect(await exec(`stat -c '%a %s' ${FILE}`)).toMatch(/^640 0$/m);
  });

  test("a file that is read-only is said in the preview, and the table goes without its name", async () => {
    await exec(`cp ${FILE} /etc/tables; mount --bind /etc/tables ${FILE}; mount -o remount,bind,ro ${FILE}`);
    stack.resources = [TABLE];
    expect((await stack.preview()).text).toContain(
      `${FILE} cannot be written: table 1 goes without its name wan_one there, which is only for showing`,
    );
    await live(async () => expect(await exec("ip route show table 1")).toContain("default via 149.99.251.145"));
    await exec(`umount ${FILE}; rm /etc/tables`);
  });

  test("a folder of the boot file that is read-only is refused in the preview, and a folder that is not there is made", async () => {
    const boot: Resource = { kind: "BootConfig", name: "boot", args: {} };
    stack.resources = [boot];
    const refused = "/etc/multiwan/boot cannot be written on this router, so nothing would survive a reboot";
    expect((await stack.preview()).text).not.toContain(refused);
    await exec("mkdir /etc/multiwan; mount --bind /etc/multiwan /etc/multiwan; mount -o remount,bind,ro /etc/multiwan");
    expect((await stack.preview()).text).toContain(refused);
    await exec("umount /etc/multiwan; rmdir /etc/multiwan");
  });

  test("a file that is a mount of its own is written in place", async () => {
    await exec(`cp ${FILE} /etc/tables; mount --bind /etc/tables ${FILE}`);
    await live(async () => expect(await exec("cat /etc/tables")).toContain("1 wan_one\n"));
    await exec(`umount ${FILE}; rm /etc/tables`);
  });

  test("names that two tables share, or with a sign or a word of ip's in them, are in nobody's way", async () => {
    await exec(`printf '120 backup\\n121 backup\\n122 isp#2\\n' >>${FILE}
      echo '123 all' >>${FILE}
      for t in 120 121 122 123; do ip route add default via 192.168.99.2 dev eth3 table $t; done; ip rule add pref 3000 from 10.98.0.0/16 lookup 121`);
    await live(async () => {});
    await exec("ip rule del pref 3000; for t in 120 121 122 123; do ip route flush table $t; done");
  });

  test("a name that a drop-in has given away is refused with that file", async () => {
    await exec("mkdir -p /etc/iproute2/rt_tables.d; echo '7 wan_one' >/etc/iproute2/rt_tables.d/uplinks.conf");
    stack.resources = [TABLE];
    expect((await stack.preview()).text).toContain(
      '/etc/iproute2/rt_tables.d/uplinks.conf already has the line "7 wan_one"',
    );
  });
});
