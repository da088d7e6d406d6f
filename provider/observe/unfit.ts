/** What makes a router unfit to be worked on: as its reading shows it, before anything in it is parsed. */
import { parseDeviceHead } from "../dialects/iproute2/device.ts";
import { BOOT_FILE } from "../kinds/boot-files.ts";
import { type Facts, hasTool, type Sections } from "./sections.ts";
import type { SnapshotProblem } from "./snapshot-problems.ts";

/** Sections whose command has to succeed, with the command. */
const NEEDED: readonly (readonly [section: string, command: string])[] = [
  ["addresses", "ip addr show"],
  ["rules", "ip rule show"],
  ["routes", "ip -4 route show table 0"],
  ["rt_tables", "reading rt_tables"],
  ["manifest", "reading the manifest"],
  ["save", "iptables-save"],
  ["boot", `reading ${BOOT_FILE}`],
];

/** busybox's ip has no version of its own: it prints its usage, or nothing where it was built without (SHOW_USAGE), and exits with 1. */
const VERSIONS: readonly (readonly [section: string, command: string, version: RegExp])[] = [
  ["ip-version", "ip -V", /iproute2-\S|BusyBox v\S|^1 $/],
  ["iptables-version", "iptables -V", /\bv\d/],
];

/** All that is wrong, at once. */
export function findProblems(sections: Sections, facts: Facts): readonly SnapshotProblem[] {
  const uid = facts.get("uid") ?? "";
  const isRoot = uid === "0";
  return [
    ...(isRoot ? [] : [{ problem: "not-root", uid } as const]),
    ...missingTools(sections, facts),
    ...unreadSettings(sections),
    // Without root these fail for a reason that was told already.
    ...(isRoot ? [...failedCommands(sections), ...unknownVersions(sections)] : []),
    ...stateDirectoryProblems(facts, isRoot),
  ];
}

function missingTools(sections: Sections, facts: Facts): readonly SnapshotProblem[] {
  const iptables = facts.get("iptables") || "iptables";
  return ["ip", iptables, `${iptables}-save`, `${iptables}-restore`]
    .filter((tool) => !hasTool(sections, tool))
    .map((tool) => ({ problem: "missing-tool", tool }));
}

/** Some are not in every kernel, which is an exit code too; the last one is. */
function unreadSettings(sections: Sections): readonly SnapshotProblem[] {
  const sysctls = sections.get("sysctls");
  if (/^\/proc\/sys\/kernel\/osrelease:/m.test(sysctls?.text ?? "")) return [];
  return [{ problem: "failed", command: "reading /proc/sys", exitCode: sysctls?.exitCode ?? 0 }];
}

/** Of a tool that is not there, 127, it was told already. */
const NO_TOOL = 127;

function failedCommands(sections: Sections): readonly SnapshotProblem[] {
  // A file that cannot be read is not one that somebody has emptied.
  const files = [...sections.keys()].flatMap((name) => {
    const path = name.split(":")[1];
    return path === undefined ? [] : [[name, `reading ${path}`] as const];
  });
  return [...NEEDED, ...files].flatMap(([section, command]): SnapshotProblem[] => {
    const exitCode = sections.get(section)?.exitCode ?? 0;
    if (exitCode === 0 || exitCode === NO_TOOL) return [];
    return [{ problem: "failed", command, exitCode, ...(section === "save" && lastWords(sections)) }];
  });
}

/** What a tool knows is told by its version: without it the router would be taken for an older one, and its lines changed for that. */
function unknownVersions(sections: Sections): readonly SnapshotProblem[] {
  return VERSIONS.flatMap(([section, command, version]): SnapshotProblem[] => {
    const said = sections.get(section);
    if (!said || said.exitCode === NO_TOOL || version.test(`${said.exitCode} ${said.text}`)) return [];
    return [{ problem: "failed", command, exitCode: said.exitCode }];
  });
}

function stateDirectoryProblems(facts: Facts, isRoot: boolean): readonly SnapshotProblem[] {
  const path = facts.get("foreign");
  if (path !== undefined) return [{ problem: "foreign-state-directory", path }];
  return isRoot && !facts.get("state") ? [{ problem: "no-state-directory" }] : [];
}

/** What iptables-save says between the tables, and who is known for rules that it cannot show. */
function lastWords(sections: Sections): { said?: string; nativeRules?: string } {
  const text = (name: string) => sections.get(name)?.text ?? "";
  const said = text("save")
    .split("\n")
    .findLast((line) => /^(?:# )?(?:Table .*incompatible|.*(?:failed|error))/i.test(line));
  const hasDevice = text("addresses")
    .split("\n")
    .some((line) => /^tailscale\d+$/.test(parseDeviceHead(line)?.name ?? ""));
  const tailscale = /^tailscaled$/m.test(text("daemons")) || hasDevice;
  return { ...(said !== undefined && { said }), ...(tailscale && { nativeRules: "Tailscale" }) };
}
