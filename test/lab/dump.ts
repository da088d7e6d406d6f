import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";
import { deviceWord, parseDeviceHead } from "../../provider/dialects/iproute2/device.ts";
import { inNet, run } from "./command.ts";
import type { Root } from "./root.ts";

/**
 * Everything about the router that a change could have touched, as text that is equal if and only if the router is.
 * The host's own tools read it, since the router's may be busybox or another iptables. Left out because they move by
 * themselves: packet counters, address lifetimes, neighbours, carrier.
 */
export const dumpRouter = async (root: Root, namespace: string): Promise<string> => {
  const kernel = await run([...inNet(namespace), "sh"], { input: KERNEL });
  const sections = kernel
    .split(/^=== /m)
    .slice(1)
    .map((section) => {
      const end = section.indexOf("\n");
      const name = section.slice(0, end);
      return heading(name, normalise(name, section.slice(end + 1)));
    });
  const found = filesOf(`/proc/${root.pid}/root`, root.changes);
  return [...sections, ...found.map(([name, body]) => heading(name, body))].join("\n");
};

/** The part of a dump that is files, by heading. */
export const filesOf = (inside: string, changes: string): readonly (readonly [name: string, body: string])[] => [
  ["/etc/iproute2", files(join(inside, "etc/iproute2"), "/etc/iproute2")],
  ["/run/multiwan*", runFiles(inside)],
  ["/tmp", names(join(inside, "tmp"))],
  ["files changed on the root file system", files(changes, "", isCopiedUp)],
];

const KERNEL = `
section() { echo "=== $1"; }
section addresses; ip -N -o address show
section links; ip -N -o link show
section rules; ip -N rule show
section routes; ip -N route show table 0
section iptables-legacy; iptables-legacy-save 2>/dev/null
section iptables-nft; iptables-nft-save 2>/dev/null
section nft; nft list ruleset 2>/dev/null
section sysctls
cd /proc/sys/net/ipv4
grep "" ip_forward conf/*/rp_filter conf/*/src_valid_mark conf/*/arp_*
`;

const heading = (name: string, body: string): string => `## ${name}\n${body.trimEnd()}\n`;

const normalise = (section: string, text: string): string => {
  const lines = text.split("\n").map((line) => line.trimEnd());
  switch (section) {
    case "addresses":
      return lines.map((line) => line.replace(/\\?\s+valid_lft.*$/, "").replace(/^\d+: /, "")).join("\n");
    case "links":
      return lines.map(linkState).filter(Boolean).join("\n");
    // The order of routes within a table has no meaning, and the kernel lists tables in the order of a hash.
    case "routes":
      return lines
        .map((line) => line.replace(/ linkdown\b/, ""))
        .sort()
        .join("\n")
        .trimStart();
    case "iptables-legacy":
    case "iptables-nft":
      return withoutIdleTables(text);
    case "nft":
      return withoutIdleChains(text);
    default:
      return lines.join("\n");
  }
};

const linkState = (line: string): string => {
  const head = parseDeviceHead(line);
  return head ? `${head.name} ${head.flags.includes("UP") ? "up" : "down"} mtu ${deviceWord(head, "mtu")}` : "";
};

/** Built-in chains without rules do nothing; iptables leaves them behind once anybody has used their table. */
const withoutIdleTables = (save: string): string =>
  save
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n")
    .replace(/^(:\S+ \S+) \[\d+:\d+\]$/gm, "$1")
    .split(/^(?=\*)/m)
    .filter((table) => /^-A |^:\S+ -|^:\S+ DROP/m.test(table))
    .sort()
    .join("");

/** The same for the tables iptables-nft keeps; an empty table of anybody else is a change. */
const withoutIdleChains = (ruleset: string): string =>
  ruleset
    .replace(/counter packets \d+ bytes \d+/g, "counter")
    .replace(/^\tchain \S+ \{\n\t\ttype [^\n]*policy accept;\n\t\}\n\n?/gm, "")
    .replace(/\n\n\}/g, "\n}")
    .replace(/^table ip6? (filter|nat|mangle|raw|security) \{\n\}\n/gm, "");

const names = (dir: string): string => walk(dir).join("\n");

const runFiles = (inside: string): string =>
  list(join(inside, "run"))
    .filter((name) => name.startsWith("multiwan"))
    .map((name) => files(join(inside, "run", name), `/run/${name}`))
    .join("\n");

/** A folder that the overlay has copied because something in it was written once: as such it is the host's. */
const isCopiedUp = (name: string, stat: Stats): boolean => {
  const below = lstatSync(`/${name}`, { throwIfNoEntry: false });
  return stat.isDirectory() && below?.isDirectory() === true && below.mode === stat.mode && below.uid === stat.uid;
};

/** `path mode` of each file below (or at) `base`, followed by its content. */
const files = (base: string, shown: string, leftOut = (_name: string, _stat: Stats) => false): string =>
  walk(base)
    .filter((name) => lstatSync(join(base, name), { throwIfNoEntry: false }) !== undefined)
    .filter((name) => !leftOut(name, lstatSync(join(base, name))))
    .map((name) => {
      const path = join(base, name);
      const stat = lstatSync(path);
      return `${join(shown, name)} ${content(path, stat)}`;
    })
    .join("\n");

/** Compared, but never shown: keys, and files whose text says nothing about the router. */
const SECRET = /\/etc\/(ssh\/|passwd|shadow|group|gshadow)|\/\.ssh\//;

const content = (path: string, stat: Stats): string => {
  const mode = (stat.mode & 0o7777).toString(8);
  if (stat.isSymbolicLink()) return `-> ${readlinkSync(path)}`;
  if (stat.isDirectory()) return `${mode} directory`;
  if (stat.isCharacterDevice()) return "deleted";
  if (!stat.isFile()) return `${mode} special`;
  if (SECRET.test(path)) return `${mode} sha256 ${createHash("sha256").update(readFileSync(path)).digest("hex")}`;
  return `${mode}\n${readFileSync(path, "utf8").replace(/^/gm, "  ").trimEnd()}`;
};

const walk = (base: string): string[] => {
  const below = (dir: string): string[] =>
    list(join(base, dir)).flatMap((name) => {
      const path = join(dir, name);
      return [path, ...(lstatSync(join(base, path)).isDirectory() ? below(path) : [])];
    });
  return lstatSync(`${base}/.`, { throwIfNoEntry: false })?.isDirectory() ? below("") : [""];
};

const list = (dir: string): string[] => {
  try {
    return readdirSync(dir).sort();
  } catch {
    return [];
  }
};
