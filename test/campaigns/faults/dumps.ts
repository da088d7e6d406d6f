/** Dumps of a router as they are compared: without what moves by itself, or what a case has edited. */

/** What moves by itself, or tells which way the router has come: order of addresses, the boot file before the last. */
export function normalised(dump: string): string {
  const text = dump
    .split(/^(?=## )/m)
    .map((section) => {
      const [head = "", ...lines] = section.split("\n");
      // Rules of one priority are ours or others', and ours lead to one table: their order means nothing.
      if (head.startsWith("## addresses") || head.startsWith("## rules"))
        return [head, ...lines.filter(Boolean).sort(), ""].join("\n");
      if (head.startsWith("## /tmp")) return "";
      // iptables-nft-save shows its tables, in order; nft lists chains in the order in which they were made.
      if (head.startsWith("## nft")) return section.replace(TABLES_OF_IPTABLES, "");
      if (head.startsWith("## files changed"))
        return [head, ...withoutFile(lines, /^etc\/multiwan\/(boot\.prev|boot\.new|\.mw) |^usr\/local/)].join("\n");
      if (head.startsWith("## /run"))
        return (
          [head, ...withoutFile(lines, /^\/run\/multiwan(\/(reverted|lock|tx\.\S+))? /)]
            // What the manifest says of this boot: after the next one it comes with the next change.
            .filter((line) => !/^ {2}# (format|router|namespace|made|foreign|iptables): /.test(line))
            .join("\n")
        );
      return section;
    })
    .join("");
  // A device's own IPv6 address is tentative for a second or two, and then has a route.
  return text.replace(/^.*\bfe80::.*\n/gm, "").replace(/\n\n+/g, "\n");
}

const TABLES_OF_IPTABLES = /^table ip6? (filter|nat|mangle|raw|security) \{\n[\s\S]*?^\}\n/gm;

/** Main's default route as busybox's ip reads it, without protocol and metrics: the way back cannot write what nobody read (docs/safety.md). */
export function asBusyboxShows(dump: string): string {
  return dump.replaceAll(/^default via .*$/gm, (line) =>
    / table /.test(line)
      ? line
      : line.replace(/ proto \S+/, "").replace(/ (mtu|advmss|window|initcwnd) (lock )?\S+/g, ""),
  );
}

/** A file is a line with its name, and lines with two blanks before them. */
function withoutFile(lines: readonly string[], name: RegExp): string[] {
  let skipping = false;
  return lines.filter((line) => {
    if (!line.startsWith("  ")) skipping = name.test(line);
    return !skipping;
  });
}

/** The boot file of a dump, and the dump without it and without its folder. */
export function bootFileIn(dump: string): { boot: string; rest: string } {
  const lines = dump.split("\n").filter((line) => line !== "etc/multiwan 755 directory");
  const at = lines.findIndex((line) => line.startsWith("etc/multiwan/boot "));
  if (at < 0) return { boot: "", rest: lines.join("\n") };
  const after = lines.findIndex((line, i) => i > at && !line.startsWith("  "));
  const end = after < 0 ? lines.length : after;
  return { boot: lines.slice(at, end).join("\n"), rest: lines.toSpliced(at, end - at).join("\n") };
}

/** What the manifest has of each resource: its owner and its lines, without what they have taken the place of. */
export function entriesIn(dump: string): string[] {
  const entries: string[] = [];
  for (const line of dump.split("\n"))
    if (line.startsWith("  owner ")) entries.push(line);
    else if (line.startsWith("  line ") && entries.length > 0) entries[entries.length - 1] += `\n${line}`;
  return entries;
}

export function without(text: string, ignored: (line: string) => boolean): string {
  return text
    .split("\n")
    .filter((line) => !ignored(line))
    .join("\n");
}

export function difference(wanted: string, there: string): string {
  const [a, b] = [wanted.split("\n"), there.split("\n")];
  const minus = a.filter((line) => !b.includes(line)).map((line) => `  - ${line}`);
  const plus = b.filter((line) => !a.includes(line)).map((line) => `  + ${line}`);
  const all = [...minus, ...plus];
  if (all.length > 0) return all.slice(0, 12).join("\n");
  const at = b.findIndex((line, i) => line !== a[i]);
  return `  in another order from line ${at + 1}: ${[...a.slice(at, at + 3), "->", ...b.slice(at, at + 3)].join(" | ")}`;
}
