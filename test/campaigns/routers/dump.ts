/**
 * A router word for word and in order. Left out is only what moves by itself (counters, what is left of a lifetime, carrier)
 * or cannot be given back: a legacy table that was loaded, and the kernel's order of tables.
 */

import { inNet, run } from "../../lab/command.ts";
import { filesOf } from "../../lab/dump.ts";
import type { Lab } from "../../lab/index.ts";

const KERNEL = `
section() { echo "=== $1"; }
section addresses; ip -N -o -4 addr show
section links; ip -N -o link show
section rules; ip -d rule show
section routes; ip -d -o -4 route show table 0
section nexthops; ip nexthop show
section "rules of IPv6"; ip -d -6 rule show
section iptables-legacy; iptables-legacy-save 2>/dev/null
section iptables-nft; iptables-nft-save 2>/dev/null
section nft; nft list ruleset 2>/dev/null
section settings
cd /proc/sys/net/ipv4
grep -s "" ip_forward fwmark_reflect tcp_fwmark_accept ip_nonlocal_bind fib_multipath_hash_policy conf/*/*
`;

export type Dump = ReadonlyMap<string, readonly string[]>;

export async function dumpExactly({ router, namespaces }: Lab): Promise<Dump> {
  const kernel = await run([...inNet(namespaces.router), "sh"], { input: KERNEL });
  const dump = new Map<string, readonly string[]>();
  for (const section of kernel.split(/^=== /m).slice(1)) {
    const [name = "", ...lines] = section.split("\n");
    dump.set(
      name,
      tidy(
        name,
        lines.map((line) => line.trimEnd()).filter((line) => line !== ""),
      ),
    );
  }
  for (const [name, text] of filesOf(router.root, router.changes))
    dump.set(name, withoutTraces(text.split("\n").filter((line) => line !== "")));
  return dump;
}

function tidy(name: string, lines: readonly string[]): readonly string[] {
  switch (name) {
    case "addresses":
      return lines.map((line) =>
        line
          .replace(/^\d+: /, "")
          .replace(/\b(valid_lft|preferred_lft) [1-9]\d*sec/g, "$1 limited")
          .replace(/ tentative\b/, ""),
      );
    case "links":
      return lines.map((line) =>
        line
          .replace(/^\d+: /, "")
          .replace(/,?\b(LOWER_UP|NO-CARRIER|M-DOWN)\b,?/g, "")
          .replace(/ state \w+/, ""),
      );
    // Tables come in the order of a hash; the order within one has a meaning.
    case "routes":
      return byTable(lines.map((line) => line.replace(/ linkdown\b/g, "")));
    case "iptables-legacy":
    case "iptables-nft":
      return withoutIdleLegacy(
        name,
        lines.filter((line) => !line.startsWith("#")).map((line) => line.replace(/ \[\d+:\d+\]$/, "")),
      );
    case "nft":
      return lines.map((line) =>
        line
          .replace(/counter packets \d+ bytes \d+/g, "counter")
          .replace(/^\t\tpackets \d+ bytes \d+/, "\t\tcounter")
          .replace(/ used \d+ \w+/, ""),
      );
    default:
      return lines;
  }
}

function byTable(lines: readonly string[]): readonly string[] {
  const tables = Map.groupBy(lines, (line) => / table (\S+)/.exec(line)?.[1] ?? "main");
  return [...tables].sort(([a], [b]) => a.localeCompare(b)).flatMap(([, routes]) => routes);
}

/** A legacy table that was loaded stays loaded for as long as the network namespace lives. */
function withoutIdleLegacy(name: string, lines: readonly string[]): readonly string[] {
  if (name !== "iptables-legacy") return lines;
  return lines
    .join("\n")
    .split(/^(?=\*)/m)
    .filter((table) => /^-A |^:\S+ -|^:\S+ DROP/m.test(table))
    .sort()
    .flatMap((table) => table.trimEnd().split("\n"));
}

/** The watchers' last words; a manifest that is empty is none. */
function withoutTraces(lines: readonly string[]): readonly string[] {
  let skipping = false;
  return lines.filter((line) => {
    if (!line.startsWith("  ")) skipping = /^\/run\/multiwan(\/(reverted|lock|tx\.\S+))? /.test(line);
    return !skipping;
  });
}

/** Lines that differ, by section; "" if the two are equal. */
export function differences(before: Dump, after: Dump): string {
  const out: string[] = [];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [a, b] = [before.get(name) ?? [], after.get(name) ?? []];
    if (a.length === b.length && a.every((line, i) => line === b[i])) continue;
    const minus = less(a, b).map((line) => `  - ${line}`);
    const plus = less(b, a).map((line) => `  + ${line}`);
    const all = [...minus, ...plus];
    out.push(`${name}:`, ...(all.length > 0 ? all.slice(0, 14) : order(a, b)));
  }
  return out.join("\n");
}

/** The same without an eye on the order. */
export function unequal(before: Dump, after: Dump): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [a, b] = [before.get(name) ?? [], after.get(name) ?? []];
    return [...less(a, b).map((line) => `${name}: - ${line}`), ...less(b, a).map((line) => `${name}: + ${line}`)];
  });
}

/** Lines of `a` that `b` lacks, each as often as it is there. */
export function less(a: readonly string[], b: readonly string[]): string[] {
  const count = new Map<string, number>();
  for (const line of b) count.set(line, (count.get(line) ?? 0) + 1);
  return a.filter((line) => {
    const left = count.get(line) ?? 0;
    count.set(line, left - 1);
    return left <= 0;
  });
}

function order(a: readonly string[], b: readonly string[]): string[] {
  const at = b.findIndex((line, i) => line !== a[i]);
  return [
    `  in another order from line ${at + 1}:`,
    `    was: ${a.slice(at, at + 3).join(" | ")}`,
    `    is:  ${b.slice(at, at + 3).join(" | ")}`,
  ];
}

/** Foreign lines that are gone, or in another order, while a site is in force. */
export function lostMeanwhile(before: Dump, now: Dump, taken: (section: string, line: string) => boolean): string[] {
  return SECTIONS.flatMap((name) => {
    const foreign = (before.get(name) ?? []).filter((line) => !taken(name, line) && !EMPTY_TABLE.test(line));
    const there = now.get(name) ?? [];
    const gone = less(foreign, there);
    if (gone.length > 0) return gone.map((line) => `${name}: gone: ${line}`);
    const left = less(there, less(there, foreign));
    const ordered = there.filter((line) => foreign.includes(line));
    return left.length === foreign.length && isSubsequence(foreign, ordered) ? [] : [`${name}: in another order`];
  });
}

/** What iptables-save prints of a table in which nothing is: it may have become so when its last rule was adopted. */
const EMPTY_TABLE = /^\*|^COMMIT$|^:[A-Z]+ ACCEPT$/;

const SECTIONS = ["addresses", "links", "rules", "routes", "nexthops", "iptables-legacy", "iptables-nft"];

function isSubsequence(few: readonly string[], many: readonly string[]): boolean {
  let at = 0;
  for (const line of many) if (line === few[at]) at++;
  return at === few.length;
}
