import { createHmac } from "node:crypto";
import { keepalivedAddresses, signedAddresses } from "../coexistence/moving.ts";
import { parseAddresses } from "../dialects/iproute2/address.ts";
import { parseDevices } from "../dialects/iproute2/device.ts";
import { parseRoutes } from "../dialects/iproute2/routes.ts";
import { parseRules } from "../dialects/iproute2/rule.ts";
import { parseTableNames } from "../dialects/iproute2/table-name.ts";
import { trafficThreats } from "../dialects/iproute2/tc-filter.ts";
import { xfrmThreats } from "../dialects/iproute2/xfrm-policy.ts";
import { withoutLog } from "../dialects/iptables/log-chain.ts";
import { chainsOfIptables, nativeTables } from "../dialects/nftables/nft-list.ts";
import { nativeThreats } from "../dialects/nftables/nft-native.ts";
import { isHeld } from "../guard/lock.ts";
import type { FileLine } from "../model/line.ts";
import { listed } from "../model/listed.ts";
import type { BootFiles, BootHook, Capabilities, Snapshot, TableNamesFile, UnknownLine } from "../model/snapshot.ts";
import { sysctlKey } from "../model/sysctl-key.ts";
import { managedIn, type Variant } from "../plan/variant.ts";
import { chooseVariant } from "./iptables-variant.ts";
import { parseDaemons, parseNetworkd, withManagers } from "./managers.ts";
import { type Facts, hasTool, readPairs, type Sections, splitSections } from "./sections.ts";
import { SnapshotProblems } from "./snapshot-problems.ts";
import { findProblems } from "./unfit.ts";

export { type SnapshotProblem, SnapshotProblems } from "./snapshot-problems.ts";
export { snapshotScript } from "./snapshot-script.ts";

/**
 * The router as the output of `snapshotScript(nonce)` tells it.
 * @param stay the variant of iptables to work with, in the middle of a change
 * @throws {SnapshotProblems} the router cannot be worked on: all reasons at once.
 * @throws {NotUnderstood} the output, or a line in it, is none that we know.
 */
export function parseSnapshot(output: string, nonce: string, stay?: Variant): Snapshot {
  const sections = splitSections(output, nonce);
  const text = (name: string) => sections.get(name)?.text ?? "";
  const facts = readPairs(text("facts"));
  const problems = findProblems(sections, facts);
  if (problems.length > 0) throw new SnapshotProblems(problems);

  const unknown: UnknownLine[] = [];
  const keep = (by: string, text: string) => void unknown.push({ by, text });
  const daemons = parseDaemons(text("daemons"));
  const { devices, strange } = parseDevices(text("addresses"));
  const tableNames = parseTableFiles(sections, facts);
  const sysctls = parseSysctlFiles(text("sysctls"));
  const bootId = sysctls.get("kernel.random.boot_id") ?? "";
  const moving = [...keepalivedAddresses(text("keepalived")), ...signedAddresses(text("addresses"))];
  const left = leftBehind(text("left"));
  const manifest = sections.get("manifest")?.text;
  const { capability, iptables } = chooseVariant(
    {
      command: facts.get("iptables")!,
      version: text("iptables-version"),
      save: sections.get("save")!,
      other: sections.get("other"),
    },
    managedIn({ manifest, left }),
    stay,
    keep,
  );
  return {
    capabilities: {
      kernel: sysctls.get("kernel.osrelease") ?? "",
      root: true,
      ip: parseIpVersion(text("ip-version")),
      iptables: capability,
      conntrack: hasTool(sections, "conntrack"),
      stateDir: facts.get("state")!,
      daemons,
      ...(daemons.includes("systemd-networkd") && { networkd: parseNetworkd(text("networkd")) }),
      ...nftTablesIn(sections),
    },
    devices: withManagers(devices, text("managed"), daemons),
    ...listed("strange", strange),
    addresses: parseAddresses(text("addresses"), keep),
    ...listed("moving", moving),
    rules: parseRules(text("rules"), tableNames.names, keep),
    routes: parseRoutes(text("routes"), tableNames.names, keep),
    ...listed("unknown", unknown),
    tableNames,
    iptables: withoutLog(iptables),
    ...(sections.get("nft")?.exitCode === 0 && { nftChains: chainsOfIptables(text("nft")) }),
    ...(sections.has("native") && { native: nativeThreats(text("native")) }),
    ...listed("xfrm", xfrmThreats(text("xfrm"))),
    ...listed("traffic", trafficThreats(text("tc"))),
    sysctls,
    manifest,
    ...listed("left", left),
    boot: parseBoot(sections, facts),
    bootId,
    ...identified(sections, facts),
    ...others(text, bootId, nonce),
    uptime: Number(facts.get("uptime")),
  };
}

/** What failed rollbacks have left, each with its manifest. */
function leftBehind(text: string): readonly string[] {
  return text === "" ? [] : text.split(/^(?=# Lines of this router )/m);
}

/** Tables that iptables-save does not show, or not whole. */
function nftTablesIn(sections: Sections): Pick<Capabilities, "nftTables"> {
  const text = (name: string) => sections.get(name)?.text ?? "";
  const mixed = mixedTables(`${text("save")}\n${text("other")}`);
  return sections.has("nft") || mixed.length > 0 ? { nftTables: [...mixed, ...nativeTables(text("nft"))] } : {};
}

/** Which machine it is, and which of its network namespaces. */
function identified(sections: Sections, facts: Facts): Pick<Snapshot, "machine" | "namespace" | "namespaceSeen"> {
  const machine = /^[0-9a-f]{32}$/.exec(facts.get("machine") ?? "")?.[0];
  const namespace = readPairs(sections.get("namespace")?.text ?? "");
  const inode = namespace.get("inode");
  return {
    ...(machine !== undefined && { machine: hashed(machine) }),
    ...(inode !== undefined && { namespace: inode }),
    ...(namespace.has("seen") && { namespaceSeen: true as const }),
  };
}

/** Changes of other runs that this reading may have met. */
function others(
  text: (section: string) => string,
  bootId: string,
  nonce: string,
): Pick<Snapshot, "atWork" | "unconfirmed"> {
  const atWork = whoIsAtWork(text("before"), bootId, nonce) ?? whoIsAtWork(text("after"), bootId, nonce);
  const unconfirmed = overdueIn(text("before"), nonce);
  return { ...(atWork && { atWork }), ...(unconfirmed && { unconfirmed }) };
}

/** As machine-id(5) asks: hashed with a word of the application's, for the id itself is confidential. */
function hashed(machine: string): string {
  return createHmac("sha256", machine).update("pulumi-multiwan").digest("hex").slice(0, 12);
}

function parseIpVersion(text: string): Capabilities["ip"] {
  const iproute2 = /iproute2-(\S+?),?\s/.exec(`${text}\n`)?.[1];
  if (iproute2 !== undefined) return { variant: "iproute2", version: iproute2 };
  return { variant: "busybox", version: /BusyBox v(\S+)/.exec(text)?.[1] ?? "" };
}

/** `/proc/sys/net/ipv4/conf/eth1/rp_filter:2`, by key. No device name has a colon. */
function parseSysctlFiles(text: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) settings.set(sysctlKey(line.slice(0, colon)), line.slice(colon + 1).trim());
  }
  return settings;
}

/** Names from rt_tables.d come behind, as `ip` reads them. */
function parseTableFiles(sections: Sections, facts: Facts): TableNamesFile {
  const text = sections.get("rt_tables")?.text;
  const dropIns = sections.get("rt_tables.d")?.text ?? "";
  const names = parseTableNames(`${text ?? ""}\n${dropIns}`);
  const files = dropIns.split(/^#= (?=\/)/m).slice(1);
  const dropInOf = new Map(files.flatMap((file) => [...parseTableNames(file).keys()].map((id) => [id, pathIn(file)])));
  const fixed = facts.get("rt_fixed");
  return {
    path: facts.get("rt_tables")!,
    ...{ text, names },
    ...(dropInOf.size > 0 && { dropInOf }),
    ...(fixed !== undefined && { fixed }),
    ...(facts.has("rt_folder") && { noFolder: true as const }),
  };
}

const pathIn = (file: string) => file.slice(0, file.indexOf("\n"));

/** Sections `0755:/etc/multiwan/load` and the like: the mode, or `link`, and the path. */
function parseBoot(sections: Sections, facts: Facts): BootFiles {
  const said = sections.get("boot-hooks")?.text ?? "";
  const hooks = said.matchAll(/^hook (ifupdown|systemd|sysvinit)$/gm);
  const files = [...sections].flatMap(([name, { text }]): FileLine[] => {
    const [mode, path] = name.split(":");
    return path === undefined ? [] : [{ kind: "file", path, mode: mode!, text }];
  });
  const startpar = /^startpar$/m.test(said);
  const fixed = facts.get("boot_fixed");
  return {
    hooks: [...hooks].map(([, hook]) => hook as BootHook),
    ...(startpar && { startpar }),
    files,
    text: sections.get("boot")?.text,
    ...(fixed !== undefined && { fixed }),
  };
}

/** Whoever has the lock but us: our own change reads the router too. */
function whoIsAtWork(text: string, bootId: string, ours: string): Snapshot["atWork"] {
  const said = readPairs(text);
  const [until, now] = [Number(said.get("until")), Number(said.get("now"))];
  if (said.get("run") === ours || !isHeld({ until, boot: said.get("boot") ?? "" }, bootId, now)) return undefined;
  return { who: said.get("who") ?? "", seconds: until - now };
}

/** What the router itself rolls back takes it some seconds. */
const OVERDUE_SECONDS = 5;

/** A change that nobody confirmed in time. The reading behind our own change is none of it. */
function overdueIn(text: string, ours: string): Snapshot["unconfirmed"] {
  const said = readPairs(text);
  const seconds = Number(said.get("now")) - Number(said.get("deadline"));
  if (said.get("run") === ours || !(seconds > OVERDUE_SECONDS)) return undefined;
  return { who: said.get("who") ?? "", seconds };
}

/** Tables of iptables-nft that hold chains of another program too: iptables-nft-save shows its own, and names the table. */
function mixedTables(saved: string): readonly string[] {
  return [...saved.matchAll(/^# Table `(\w+)' contains incompatible base-chains/gm)].map(([, table]) => `ip ${table}`);
}
