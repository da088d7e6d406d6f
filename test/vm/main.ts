/**
 * A day in the life of a slow router with a read-only root: see docs/slow-router.md.
 * usage: main.ts IMAGE [--throttle PERCENT] [--cuts 0-4] [--measure] [--skip starters,flaps,...] [--keep] [--log FILE]
 */
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { drive, type Ran } from "../drive/index.ts";
import { capture, inNet } from "../lab/command.ts";
import { INTERNET } from "../lab/names.ts";
import type { Probe } from "../lab/probe.ts";
import { DUMP, diff } from "./dump.ts";
import { tail } from "./guest.ts";
import { startVmLab } from "./lab.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    throttle: { type: "string" },
    cuts: { type: "string", default: "4" },
    skip: { type: "string", default: "" },
    keep: { type: "boolean", default: false },
    measure: { type: "boolean", default: false },
    log: { type: "string", default: "/dev/null" },
  },
});
const image = positionals[0]!;
const does = (part: "drift" | "reboot" | "starters" | "flaps" | "cut" | "after") =>
  !values.skip.split(",").includes(part);
const percent = values.throttle === undefined ? undefined : Number(values.throttle);
let passed = 0;
const failed: string[] = [];
const log = (text: string) => appendFileSync(values.log, `${text}\n`);
const say = (text: string) => {
  console.log(text);
  log(text);
};
const check = (what: string, good: boolean, detail = "") => {
  if (good) passed++;
  else failed.push(what);
  say(
    `${good ? "  ok  " : "FAILED"}  ${what}${good || detail === "" ? "" : `\n${detail.replace(/^/gm, "          ")}`}`,
  );
};
const measured: [string, string][] = [];
const measure = (what: string, value: string | number) => {
  const text = typeof value === "number" ? value.toFixed(2) : value;
  measured.push([what, text]);
  say(`        ${what}: ${text}`);
};

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
await using lab = await startVmLab(image);
const { guest, prober } = lab;
await using d = drive(lab.asLab);
d.router = { ...lab.settings };

const dump = () => guest.exec(DUMP);
/** Requests and 512-byte sectors that the guest's kernel has written to its disk so far. */
const written = async () => {
  const words = (await guest.exec("cat /sys/block/vda/stat")).trim().split(/\s+/).map(Number);
  return { requests: words[4]!, sectors: words[6]! };
};
const isReadOnly = async () => / \/ ext2 ro,/.test(await guest.exec("grep ' / ' /proc/mounts"));
const timed = async (what: string, work: () => Promise<Ran>, code = 0): Promise<Ran & { seconds: number }> => {
  const start = performance.now();
  const ran = await work();
  const seconds = (performance.now() - start) / 1000;
  log(`--- ${what} (${seconds.toFixed(2)} s, exit code ${ran.code})\n${ran.text}`);
  check(`${what}: exit code ${code}`, ran.code === code, ran.text);
  return { ...ran, seconds };
};
const silent = ({ text }: Ran) =>
  /\d+ unchanged/.test(text) && !/to (create|update|delete|replace)|drift|missing:|unexpected:/.test(text);

const DOORS = [
  ["isp1", "123.234.1.11", 1494],
  ["isp1", "123.234.1.12", 25],
  ["isp1", "123.234.1.12", 80],
  ["isp1", "123.234.1.13", 80],
  ["isp2", "216.111.1.11", 1494],
  ["isp2", "216.111.1.12", 25],
  ["isp1", "123.234.1.10", 22],
  ["isp2", "216.111.1.10", 22],
] as const;
const doors = async (when: string) => {
  const wrong: string[] = [];
  for (const [isp, to, port] of DOORS) {
    const probe = await prober.probe({ from: "internet", to, port, timeoutMs: 4000 });
    if (!probe.completed || probe.inbound !== isp || probe.outbound !== isp)
      wrong.push(`${to}:${port} ${JSON.stringify(probe)}`);
  }
  check(
    `${DOORS.length} doors of both ISPs answer, each through its own: ${when}`,
    wrong.length === 0,
    wrong.join("\n"),
  );
};
const visit = async (when: string, expected: string, source: string) => {
  const probe: Probe = await prober.probe({ from: "server1", to: INTERNET.web, port: 80, timeoutMs: 4000 });
  check(
    `server1 visits the internet through ${expected} as ${source}: ${when}`,
    probe.completed && probe.outbound === expected && probe.peer?.split(":")[0] === source,
    JSON.stringify(probe),
  );
};
const whole = async (when: string) => {
  const out = await guest.exec(`set +e
for f in /etc/multiwan/boot /etc/multiwan/boot.prev; do
  [ -e $f ] || { echo "$f absent"; continue; }
  [ "$(tail -n 1 $f)" = "# cksum $(sed '$d' $f | cksum)" ] && echo "$f whole" || echo "$f TORN"
done
ls -a /etc/multiwan /etc/iproute2 2>/dev/null; true`);
  check(`boot files whole, nothing left over: ${when}`, !/boot TORN|\.mw|\.new/.test(out), out);
  check(`root is read-only: ${when}`, await isReadOnly());
  return out;
};
const reboot = async () => {
  const id = await guest.exec("cat /proc/sys/kernel/random/boot_id");
  await guest.exec("(sleep 1; reboot) >/dev/null 2>&1 </dev/null &");
  const start = performance.now();
  for (;;) {
    await sleep(3000);
    await guest.answers();
    if ((await guest.exec("cat /proc/sys/kernel/random/boot_id")) !== id) return (performance.now() - start) / 1000;
  }
};
const silentPreview = async (when: string) => {
  const ran = await timed(`preview ${when}`, () => d.preview());
  check(`the preview is silent: ${when}`, silent(ran), ran.text);
  return ran;
};
const quietUp = async (when: string) => {
  const before = [await written(), await dump()] as const;
  const ran = await timed(`up with nothing to do, ${when}`, () => d.up());
  const after = [await written(), await dump()] as const;
  check(
    `no write to the disk, nothing changed: ${when}`,
    JSON.stringify(before) === JSON.stringify(after),
    `${JSON.stringify(before[0])} ${JSON.stringify(after[0])}\n${diff(before[1], after[1])}`,
  );
  return ran;
};

/** When power goes, as the guest's shell sees it come. */
const CUTS = [
  ["while the disk is being written", "[ -e /etc/multiwan/boot.new ] || rw"],
  ["between the change and its confirmation", "[ -e /run/multiwan/tx.*/doing ]"],
  [
    "when the boot file has got its name",
    "rw && [ ! -e /etc/multiwan/boot.new ] && [ -e /run/multiwan/tx.*/confirmed ]",
  ],
  ["when the change is armed", "[ -e /run/multiwan/tx.*/armed ]"],
] as const;

say(`# ${percent === undefined ? "100" : percent} % of a core`);
measure("boot to ssh, unthrottled, s", await guest.boot());
say(
  await guest.exec(
    "uname -srm; iptables -V; ip -V; ssh -V 2>&1; readlink -f /bin/sh; grep -e model.name -e bogomips -e MHz /proc/cpuinfo; free -m | sed -n 2p; cat /proc/mounts | grep ' / '; cat /etc/debian_version",
  ),
);
guest.throttle(percent);
const pristine = await dump();
log(pristine);
const probed = await capture([
  ...inNet(lab.operatorNs),
  process.execPath,
  new URL("probe.ts", import.meta.url).pathname,
  JSON.stringify(lab.settings),
]);
if (probed.code !== 0) throw new Error(probed.stderr);
const timing = JSON.parse(probed.stdout) as {
  handshake: number;
  readings: number[];
  script: number;
  kex: string;
  hostKey: string;
};
measure("connect, handshake, login, shell (s)", timing.handshake);
measure("snapshot script (s), three times", timing.readings.join(" "));
measure("key exchange, host key", `${timing.kex} ${timing.hostKey}`);
measure("snapshot script, bytes", `${timing.script}`);

const doorsBefore = await prober.probe({ from: "internet", to: "123.234.1.11", port: 1494, timeoutMs: 2000 });
check("before: the doors are shut", !doorsBefore.completed);
const w0 = await written();
measure("preview (s)", (await timed("first preview", () => d.preview())).seconds);
const w1 = await written();
check("a preview writes nothing", JSON.stringify(w0) === JSON.stringify(w1));
// What happens on the router meanwhile, by its own clock: the confirm time that the provider chose, and when each step began.
const watch = guest.exec(`last= left= t0=; rm -f /run/vm-stop
while read -r u x </proc/uptime && [ ! -e /run/vm-stop ]; do
  for t in /run/multiwan/tx.*; do :; done
  n=gone
  if [ -d "$t" ]; then
    n=prepared
    [ "$t" = "$t0" ] || { t0=$t left=; }
    [ -s $t/deadline ] && [ -z "$left" ] && read -r d <$t/deadline && left=$((d - \${u%%.*})) && echo "$u confirm within $left"
    [ -e $t/doing ] && read -r n <$t/doing; [ -e $t/confirmed ] && n=confirmed
  fi
  if [ "$n" != "$last" ]; then echo "$u step $n"; last=$n; fi
  sleep 0.1
done`);
measure("first up (s)", (await timed("first up", () => d.up())).seconds);
await guest.exec("touch /run/vm-stop");
const course = (await watch).trim().split("\n");
log(course.join("\n"));
measure("confirm time that the provider chose (s)", /within (\d+)/.exec(course.join("\n"))?.[1] ?? "?");
for (const [what, from, to] of [
  ["armed to confirmed", /confirm within/, / confirmed$/],
  ["confirmed to written and closed", / confirmed$/, / gone$/],
] as const) {
  const spans: string[] = [];
  let start: number | undefined;
  for (const line of course) {
    if (from.test(line)) start = Number.parseFloat(line);
    else if (to.test(line) && start !== undefined) {
      spans.push((Number.parseFloat(line) - start).toFixed(1));
      start = undefined;
    }
  }
  measure(`transactions of the first up, ${what} (s)`, spans.join(" "));
}
const w2 = await written();
measure("written by the first up: requests, KiB", `${w2.requests - w1.requests}, ${(w2.sectors - w1.sectors) / 2}`);
measure("boot file, bytes", (await guest.exec("wc -c </etc/multiwan/boot")).trim());
await whole("after the first up");
log(await dump());
log(await guest.exec("cat /etc/multiwan/boot"));
await doors("after the first up");
await visit("after the first up", "isp1", "123.234.1.11");
measure("second up (s)", (await quietUp("after the first")).seconds);

// Drift, by hand.
if (does("drift")) {
  await guest.exec(
    "ip route del default table 2; iptables -t mangle -F $(iptables-save -t mangle | sed -n 's/^:\\(mw[^ ]*\\) .*/\\1/p' | head -n 1); ip rule del prio 1024",
  );
  const drift = await timed("preview with drift", () => d.preview());
  check("the preview shows the drift", /missing/.test(drift.text), drift.text);
  measure("up that mends drift (s)", (await timed("up that mends drift", () => d.up())).seconds);
  await doors("after drift was mended");
}

// Manual switch.
d.site.default = "wan_two";
const w3 = await written();
measure("manual switch (s)", (await timed("manual switch", () => d.up())).seconds);
const w4 = await written();
measure("written by the switch: requests, KiB", `${w4.requests - w3.requests}, ${(w4.sectors - w3.sectors) / 2}`);
await whole("after the switch");
await doors("after the switch");
await visit("after the switch", "isp2", "216.111.1.11");

const switched = await dump();
if (!values.measure) {
  // The real thing.
  if (does("reboot")) {
    measure("reboot to ssh (s)", await reboot());
    await sleep(2000);
    const again = await dump();
    check("a reboot brings back everything", again === switched, diff(switched, again));
    await whole("after the reboot");
    await doors("after the reboot");
    await visit("after the reboot", "isp2", "216.111.1.11");
    await silentPreview("after the reboot");
  }

  // Each of the two starters by itself.
  for (const [alone, other] of does("starters")
    ? ([
        ["sysvinit", "/etc/network/if-up.d/multiwan"],
        ["ifupdown", "/etc/rcS.d/S99multiwan"],
      ] as const)
    : []) {
    await guest.exec(`remountrw; rm ${other}; sync; remountro`);
    await reboot();
    await sleep(2000);
    const kernel = (text: string) => text.slice(0, text.indexOf("## files"));
    const back = await dump();
    check(
      `${alone} alone brings everything back`,
      kernel(back) === kernel(switched),
      diff(kernel(switched), kernel(back)),
    );
    await doors(`after a reboot with ${alone} alone`);
    await timed(`up that mends ${other}`, () => d.up());
    const mended = await dump();
    check(`${other} is mended`, mended === switched, diff(switched, mended));
  }

  // A link that goes down and comes up, as the administrator does it.
  if (does("flaps")) {
    for (const device of ["eth1", "eth2", "eth0"]) {
      const text = await guest.exec(`ifdown ${device} 2>&1; sleep 1; ifup ${device} 2>&1; echo "exit code $?"`);
      log(text);
      await sleep(1500);
      const back = await dump();
      check(
        `ifdown ${device}; ifup ${device}: everything is back`,
        back === switched,
        `${text}${diff(switched, back)}`,
      );
      await doors(`after ifdown and ifup of ${device}`);
      if (back !== switched) await timed(`up after the flap of ${device}`, () => d.up());
    }
  }

  // Power goes right after an up.
  if (does("cut")) {
    d.site.default = "wan_one";
    await timed("switch back", () => d.up());
    await guest.cut();
    measure("boot after the power cut (s)", await guest.boot());
    await sleep(2000);
    await whole("after power was cut right after an up");
    await doors("after power was cut right after an up");
    await visit("after power was cut right after an up", "isp1", "123.234.1.11");
    await silentPreview("after power was cut right after an up");
  }

  // Power goes in the middle of one.
  for (const [what, until] of CUTS.slice(0, Number(values.cuts))) {
    const to = d.site.default === "wan_one" ? "wan_two" : "wan_one";
    d.site.default = to;
    const seen = guest.exec(
      `rw() { case $(grep ' / ' /proc/mounts) in *' rw,'*) ;; *) return 1;; esac; }; until ${until}; do :; done`,
    );
    const up = d.up();
    await Promise.race([seen, up]);
    await guest.cut();
    // The provider tries to get in again for as long as the router might take: meanwhile it boots.
    const booted = await guest.boot();
    const ran = await up;
    await sleep(1000);
    const files = (await whole(`power cut ${what}`)).split("\n").slice(0, 2).join("; ");
    const main = await guest.exec("ip route show | grep ^default");
    say(
      `        ${what}: up ended with ${ran.code}, booted in ${booted.toFixed(0)} s, ${files}, ${main.trim()}, wanted ${to}`,
    );
    log(ran.text);
    await doors(`power cut ${what}`);
    await timed(`up after power cut ${what}`, () => d.up());
    await doors(`after the up that follows power cut ${what}`);
    const [isp, address] = to === "wan_one" ? ["isp1", "123.234.1.11"] : ["isp2", "216.111.1.11"];
    await visit(`after the up that follows power cut ${what}`, isp, address);
    await quietUp(`after power cut ${what}`);
  }
}
const w5 = await written();
measure("destroy (s)", (await timed("destroy", () => d.destroy())).seconds);
const w6 = await written();
measure("written by destroy: requests, KiB", `${w6.requests - w5.requests}, ${(w6.sectors - w5.sectors) / 2}`);
const end = await dump();
check("destroy gives the router back", end === pristine, diff(pristine, end));
check("root is read-only: after destroy", await isReadOnly());
if (!values.measure && does("after")) {
  await reboot();
  await sleep(1000);
  const rebooted = await dump();
  check("and so does a reboot after it", rebooted === pristine, diff(pristine, rebooted));
}
say(`\n${measured.map(([what, value]) => `| ${what} | ${value} |`).join("\n")}`);
say(`\n${passed} passed, ${failed.length} failed`);
for (const what of failed) say(`FAILED: ${what}`);
log(tail(guest.console));
if (values.keep) {
  writeFileSync(
    "/dev/stderr",
    `kept: nsenter --net=/run/netns/${lab.operatorNs} ssh -i ${image}/key root@192.168.99.1\n`,
  );
  while (existsSync(image)) await sleep(1000);
}
process.exitCode = failed.length > 0 ? 1 : 0;
