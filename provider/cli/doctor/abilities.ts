/** What the router can do. Pure. */
import { versionAtLeast } from "../../model/version.ts";
import { units } from "../numbers.ts";
import { MODULES } from "./facts.ts";
import type { Finding, Level } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** Kilobytes: the boot file, the one before it and the new one; a transaction's scripts in the volatile folder. */
const DISK = { little: 1024, none: 96 };
const CLOCK_SECONDS = 120;

export function abilities(patient: Patient): Finding[] {
  return [
    ...tools(patient),
    ...modules(patient),
    ...connections(patient),
    ...forwarding(patient),
    ...space(patient),
    ...boot(patient),
    ...clock(patient),
  ];
}

const say = (level: Level, text: string, todo?: string): Finding => ({
  ...{ level, about: "router", text },
  ...(todo !== undefined && { todo }),
});

function tools({ snapshot: { capabilities }, site }: Patient): Finding[] {
  const { kernel, ip, iptables, conntrack } = capabilities;
  const strict = Object.entries(site?.links ?? {}).filter(([, { reversePath }]) => reversePath === "strict");
  const tooOld = kernel !== "" && !versionAtLeast(kernel, "2.6.33");
  return [
    say("ok", `Linux ${kernel || "of a version that it does not tell"}`),
    ...(tooOld ? strict : []).map(([name]) =>
      say(
        "problem",
        `multiwan:site.links.${name}.reversePath: strict needs src_valid_mark, which came with Linux 2.6.33`,
        "say loose, or leave it out",
      ),
    ),
    say("ok", `ip: ${ip.variant} ${ip.version}`),
    say("ok", `${iptables.command} ${iptables.version}, variant ${iptables.variant}`),
    iptables.wait
      ? say("ok", "iptables waits for its lock (-w)")
      : say(
          "note",
          "iptables is older than 1.4.20 and does not know -w: a change fails, and is rolled back, when another program changes rules in the same moment",
        ),
    conntrack
      ? say("ok", "the conntrack command is there")
      : say(
          "note",
          "no conntrack command: nothing here needs it, but a person cannot end a single open connection",
          "Debian: apt-get install conntrack",
        ),
  ];
}

function modules({ facts: { facts }, manifest }: Patient): Finding[] {
  const missing = MODULES.filter((name) => facts.get(`module-${name}`) === "no");
  // Lines of ours that the kernel has taken are proof enough.
  if (missing.length === 0 || [...manifest.values()].some(({ lines }) => lines.some((line) => line.kind === "chain")))
    return [say("ok", "the kernel has MARK, CONNMARK and conntrack matches, or has not been asked yet")];
  return [
    say(
      "problem",
      `this kernel's modules do not list ${missing.join(", ")}: connections cannot be marked`,
      "install the package with the kernel's netfilter modules (OpenWrt: kmod-ipt-conntrack-extra), then run up",
    ),
  ];
}

function connections({ facts: { facts } }: Patient): Finding[] {
  const count = Number(facts.get("conntrack-count"));
  const max = Number(facts.get("conntrack-max"));
  if (!Number.isFinite(count) || !(max > 0))
    return [say("note", "connection tracking is not loaded yet: the first rule that needs it loads it")];
  const full = `${units.count(count)} of ${units.count(max)} connections are tracked`;
  return [
    count > 0.8 * max
      ? say(
          "warning",
          `${full}: when the table is full, new connections are dropped`,
          "raise net.netfilter.nf_conntrack_max",
        )
      : say("ok", full),
  ];
}

function forwarding({ snapshot: { sysctls } }: Patient): Finding[] {
  const value = sysctls.get("net.ipv4.ip_forward");
  if (value === undefined) return [];
  return value === "1"
    ? [say("ok", "IPv4 packets are forwarded")]
    : [
        say(
          "problem",
          "net.ipv4.ip_forward is 0: nothing passes this router",
          "sysctl -w net.ipv4.ip_forward=1, and in /etc/sysctl.conf",
        ),
      ];
}

function space({ snapshot: { capabilities }, facts: { free, rootReadOnly }, site }: Patient): Finding[] {
  const { stateDir } = capabilities;
  const volatile = [...free].filter(([at]) => at !== "/" && stateDir.startsWith(`${at}/`)).at(-1);
  const places = [
    { what: "the disk (/)", kb: free.get("/"), needed: site?.persist ?? true, for: "the boot file" },
    { what: volatile?.[0] ?? stateDir, kb: volatile?.[1], needed: true, for: "the scripts of a change" },
  ];
  return [
    say("ok", `volatile state goes to ${stateDir}`),
    ...(rootReadOnly
      ? [
          say(
            "note",
            "the root file system is read-only: it is made writable for the moment in which the boot file is written",
          ),
        ]
      : []),
    ...places.flatMap(({ what, kb, needed, for: use }): Finding[] => {
      if (kb === undefined || !needed) return [];
      const left = `${units.bytes(kb * 1024)} are free on ${what}`;
      if (kb >= DISK.little) return [say("ok", left)];
      return [say(kb < DISK.none ? "problem" : "warning", `only ${left}, which ${use} needs`, "make room")];
    }),
  ];
}

function boot({ snapshot: { boot }, site }: Patient): Finding[] {
  if (boot.hooks.length > 0)
    return [say("ok", `after a reboot ${boot.hooks.join(" and ")} can bring the managed lines back`)];
  // Declared, it is a fault of the site, and told there.
  if (site?.persist) return [];
  return [
    say(
      "note",
      boot.startpar
        ? "after a reboot nothing brings the managed lines back: scripts in /etc/rcS.d run only if insserv has registered them, and there is no ifupdown"
        : "after a reboot nothing brings the managed lines back: neither ifupdown, systemd nor /etc/rcS.d is there",
    ),
  ];
}

function clock({ facts: { facts }, now }: Patient): Finding[] {
  const there = Number(facts.get("clock"));
  if (!Number.isFinite(there)) return [];
  const off = Math.round(there - now);
  const rtc = facts.has("rtc") ? "" : ", and it has no battery-backed one";
  if (Math.abs(off) < CLOCK_SECONDS) return [say("ok", "the clock is right")];
  return [
    say(
      "note",
      `the clock is ${units.duration(Math.abs(off))} ${off < 0 ? "behind" : "ahead of"} the operator's${rtc}: times in logs are wrong; changes are timed by the seconds since boot, and are not affected`,
      "let it ask an NTP server",
    ),
  ];
}
