import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Bench, VARIANTS } from "../campaigns/faults/bench.ts";
import { DISKS } from "../campaigns/faults/cases/disks.ts";
import { type Boot, reboot } from "../campaigns/faults/reboot.ts";
import { behave, misbehave } from "../campaigns/faults/shims.ts";
import { thorough, variants } from "../variants.ts";

const LOADER = "/etc/multiwan/load";
const FILES =
  "ls -i /etc/multiwan/* /etc/network/if-up.d/* && stat -c '%n %Y %Z' /etc/multiwan/* /etc/network/if-up.d/*";

describe.each(variants(Object.keys(VARIANTS), "legacy busybox"))("boot persistence: %s", (variant) => {
  let bench: Bench;
  const sh = (command: string) => bench.lab.router.exec(command);
  /** What the router holds beside its files. */
  const kernel = async () => (await bench.dump()).split("## /run")[0]!;
  beforeAll(async () => {
    bench = await Bench.start(VARIANTS[variant]!, ["none", "site", "moved"]);
    await bench.up("site");
  });
  afterAll(() => bench?.[Symbol.asyncDispose]());

  test("after a reboot the router is the same, manifest included, and the next preview is silent", async () => {
    await reboot(bench.lab, bench.options);
    expect(await bench.dump()).toBe(bench.expected.get("site"));
    const { ops, drift } = await bench.try("site", { apply: false });
    expect(drift).toEqual([]);
    expect(new Set(Object.values(ops))).toEqual(new Set(["same"]));
  });

  test("a default that the system's files have at boot is the one that comes back", async () => {
    const other = "default via 149.99.251.145 dev eth1 proto static";
    await bench.up("moved");
    await reboot(bench.lab, { ...bench.options, defaultRoute: other });
    const { ops, drift } = await bench.try("moved", { apply: false });
    expect(drift).toEqual([]);
    // Its `replaces` is another one now.
    expect(Object.keys(ops).filter((name) => ops[name] !== "same")).toEqual(["site-default"]);
    expect(await sh("ip route show | grep ^default; ls /run/multiwan")).toBe(
      "default via 66.119.160.1 dev eth2 \nmanifest\n",
    );
    await bench.up("none");
    expect((await sh("ip route show | grep ^default")).trim()).toBe(
      VARIANTS[variant]!.busybox ? other.replace(" proto static", "") : other,
    );
    await sh("ip route del default");
    if (bench.options.defaultRoute) await sh(`ip route add ${bench.options.defaultRoute}`);
    await bench.up("site");
    expect(await bench.dump()).toBe(bench.expected.get("site"));
  });

  test.each(["dash", "busybox sh"])(
    "the boot file runs in %s, once and again, and changes nothing the second time",
    async (shell) => {
      await reboot(bench.lab, bench.options, ["none"]);
      expect(await bench.dump()).not.toBe(bench.expected.get("site"));
      await sh(`${shell} /etc/multiwan/boot`);
      expect(await bench.dump()).toBe(bench.expected.get("site"));
      const watch = await bench.lab.router.watchWrites();
      await sh(`${shell} /etc/multiwan/boot`);
      // What `ip route replace` and a restore announce is the same again: no rule and no address comes or goes.
      const said = (await watch.stop()).filter((line) => /\[RULE\]|\[ADDR\]/.test(line));
      expect(said).toEqual([]);
      expect(await bench.dump()).toBe(bench.expected.get("site"));
    },
  );

  test("a link that went down and up gets its addresses and routes back, and the other link is left alone", async () => {
    await bench.hold();
    await bench.lab.flapLink("eth1");
    expect(await bench.dump()).not.toBe(bench.expected.get("site"));
    const watch = await bench.lab.router.watchWrites();
    await sh("IFACE=eth1 MODE=start PHASE=post-up /etc/network/if-up.d/multiwan");
    expect((await watch.stop()).filter((line) => /eth2|table 2 /.test(line))).toEqual([]);
    expect(await bench.dump()).toBe(bench.expected.get("site"));
    await bench.held!.echo();
    await bench.dropHeld();
  });

  test("a damaged boot file is passed over for the one before it; with both damaged nothing is done, and it is said", async () => {
    await bench.up("moved");
    await bench.up("site");
    await sh("cp -a /etc/multiwan /tmp/kept");
    await sh("printf x >>/etc/multiwan/boot");
    await reboot(bench.lab, bench.options);
    const mended = (text: string) => text.split("## ")[1];
    expect((await kernel()).includes("default via 66.119.160.1 dev eth2")).toBe(true);
    await sh("printf x >>/etc/multiwan/boot.prev");
    await reboot(bench.lab, bench.options);
    expect(mended(await kernel())).toBe(mended(bench.expected.get("none")!.split("## /run")[0]!));
    await sh(
      "cat >/usr/local/sbin/logger.new <<'X'\n#!/bin/sh\necho \"$*\" >>/tmp/.log\nX\nchmod 755 /usr/local/sbin/logger.new; mv /usr/local/sbin/logger.new /usr/local/sbin/logger",
    );
    await sh(LOADER);
    await sh("ln -f /usr/local/sbin/shim /usr/local/sbin/logger");
    expect(await sh("cat /tmp/.log; rm /tmp/.log")).toBe(
      "-t multiwan /etc/multiwan/boot is damaged, passed over\n-t multiwan /etc/multiwan/boot.prev is damaged, passed over\n",
    );
    await bench.up("site");
    expect(await kernel()).toBe(bench.expected.get("site")!.split("## /run")[0]);
    await sh("rm -rf /etc/multiwan; cp -a /tmp/kept /etc/multiwan; rm -rf /tmp/kept");
    await reboot(bench.lab, bench.options);
    expect(await bench.dump()).toBe(bench.expected.get("site"));
    expect((await bench.try("site", { apply: false })).drift).toEqual([]);
  });

  const edits = [
    ["the loader edited", `echo '# mine' >>${LOADER}`, /# mine/],
    ["the loader gone", `rm ${LOADER}`, /load/],
    ["the loader not executable", `chmod 644 ${LOADER}`, /load/],
    ["the hook gone", "rm /etc/network/if-up.d/multiwan", /if-up\.d/],
    [
      "the boot file edited",
      "sed -i 's/^ip route.*table 1.*/true/; s/&& ip route.*table 1 .*/\\&\\& true/' /etc/multiwan/boot",
      /multiwan\/boot/,
    ],
    ["the boot file gone", "rm /etc/multiwan/boot", /multiwan\/boot/],
  ] as const;
  test.each(variants(edits, edits[0], edits[5]))("%s: shown as drift, and mended", async (_, edit, named) => {
    await sh(edit);
    const { drift } = await bench.try("site", { apply: false });
    expect(drift.join("\n")).toMatch(named);
    await bench.up("site");
    expect(await bench.dump()).toBe(bench.expected.get("site"));
    expect((await bench.try("site", { apply: false })).drift).toEqual([]);
  });

  test("a run that changes nothing writes nothing to the disk; a change writes the boot file once", async () => {
    const before = await sh(FILES);
    await bench.up("site");
    expect(await sh(FILES)).toBe(before);
    await misbehave(bench.lab, { caller: "session", tools: ["mv"], does: { nothing: true } });
    await bench.up("moved");
    const { calls } = await behave(bench.lab);
    expect(calls.filter((call) => call.includes("/etc/"))).toEqual(["mv /etc/multiwan/boot.new /etc/multiwan/boot"]);
    await bench.up("site");
  });

  test("a read-only root is read-only again; remountrw and remountro are used where they exist", async () => {
    const { spoil, heal, after } = DISKS["read-only root"]!;
    await sh(spoil);
    await bench.up("moved");
    await sh(after!);
    for (const way of ["rw", "ro"])
      await sh(
        `printf '#!/bin/sh\\necho ${way} >>/tmp/.ways\\nmount -o remount,${way} /\\n' >/usr/local/sbin/remount${way}; chmod 755 /usr/local/sbin/remount${way}`,
      );
    await bench.up("site");
    expect(await sh("cat /tmp/.ways; rm /tmp/.ways /usr/local/sbin/remount*")).toBe("rw\nro\n");
    await sh(after!);
    await sh(heal);
    expect(await bench.dump()).toBe(bench.expected.get("site"));
  });

  thorough("what could not be written is recorded with its error, and the next run writes it", async () => {
    const { spoil, heal } = DISKS["full /etc/multiwan"]!;
    await sh(spoil);
    const { failures } = await bench.try("moved");
    expect(Object.values(failures).join("\n")).toContain("a reboot would undo it");
    await sh(heal);
    const recorded = [...bench.operator.recorded().values()].filter((r) => r.failed).map((r) => r.name);
    expect(recorded).toEqual(Object.keys(failures));
    await bench.up("moved");
    expect(await bench.dump()).toBe(bench.expected.get("moved"));
    await reboot(bench.lab, bench.options);
    expect(await bench.dump()).toBe(bench.expected.get("moved"));
    expect([...bench.operator.recorded().values()].some((r) => r.failed)).toBe(false);
    await bench.up("site");
  });

  test("a destroy removes every file and every folder that was made", async () => {
    await bench.up("none");
    expect(await bench.dump()).toBe(bench.expected.get("none"));
    expect(readdirSync(`${bench.lab.router.changes}/etc`)).not.toContain("multiwan");
  });
});

const HOOKS = [
  [
    "ifupdown",
    "mkdir -p /etc/network/if-up.d; rm -rf /etc/rcS.d /run/systemd/system",
    ["/etc/network/if-up.d/multiwan"],
  ],
  [
    "systemd",
    "rm -rf /etc/network/if-up.d /etc/rcS.d; mkdir -p /run/systemd/system",
    ["/etc/systemd/system/multiwan.service", "/etc/systemd/system/multi-user.target.wants/multiwan.service"],
  ],
  [
    "sysvinit",
    "rm -rf /etc/network/if-up.d /run/systemd/system; mkdir -p /etc/rcS.d",
    ["/etc/init.d/multiwan", "/etc/rcS.d/S99multiwan"],
  ],
] as const;

// The routers above have ifupdown, and nothing else.
describe.each(variants(HOOKS, HOOKS[1], HOOKS[2]))("a router that has %s", (boot, prepare, files) => {
  test("gets that hook alone, comes back by it, and loses it with the stack", async () => {
    await using bench = await Bench.start(VARIANTS["legacy dash"]!, []);
    const sh = (command: string) => bench.lab.router.exec(command);
    await sh(prepare);
    const before = await bench.dump();
    await bench.up("site");
    const there = (
      await sh(
        "ls -d /etc/network/if-up.d/multiwan /etc/systemd/system/multi* /etc/systemd/system/*.wants/multi* /etc/init.d/multiwan /etc/rcS.d/* 2>/dev/null || :",
      )
    )
      .split("\n")
      .filter((path) => path.includes("multiwan"));
    expect(there.sort()).toEqual([...files].sort());
    const up = await bench.dump();
    await reboot(bench.lab, bench.options, [boot as Boot]);
    if (boot === "systemd") await sh("mkdir -p /run/systemd/system");
    expect(await bench.dump()).toBe(up);
    expect((await bench.try("site", { apply: false })).drift).toEqual([]);
    await bench.up("none");
    expect(await bench.dump()).toBe(before);
  });
});

test("the hooks' files say whose they are", () => {
  const source = readFileSync(new URL("../../provider/kinds/boot-files.ts", import.meta.url), "utf8");
  expect(source.match(/pulumi-multiwan/g)!.length).toBeGreaterThanOrEqual(3);
});
