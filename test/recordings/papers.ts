/** Runs that no router has seen: readings in the words of older tools, and readings that meet another state than theirs. */
import type { Run, Tape } from "./tape.ts";

export interface Paper extends Run {
  readonly paper: true;
  /** With the state of the runs before; else with none. */
  readonly state: boolean;
}

const IP = ["iproute2-ss091226", "iproute2-ss130716", "iproute2-4.9.0", "iproute2-5.10.0"];
const IPTABLES = ["v1.4.7", "v1.4.21", "v1.6.1", "v1.8.4"];

/** Older tools say less of themselves, and of their variant nothing before 1.8. */
function inOldWords(text: string, n: number): string {
  const version = IPTABLES[n % IPTABLES.length]!;
  const variant = version === "v1.8.4" ? " $1" : "";
  return text
    .replace(/iproute2-[\w.]+/, IP[n % IP.length]!)
    .replace(/^iptables v[\d.]+ (\((?:legacy|nf_tables)\))/m, `iptables ${version}${variant}`)
    .replace(/^(net\.ipv4\S*src_valid_mark|\S*\/src_valid_mark:).*\n/gm, n % 2 === 0 ? "" : "$&");
}

export function papers({ name, runs }: Tape): Paper[] {
  const n = Number(/\d+$/.exec(name)?.[0] ?? 0);
  const [first] = runs.filter(({ stack, does }) => stack === "multiwan/lab" && does === "preview");
  const later = runs.find(({ name }) => name === "again");
  const last = runs.findLast(({ does }) => does === "preview");
  const with_ = (run: Run, title: string, change: (text: string) => string, more: Partial<Paper> = {}): Paper => ({
    ...{ ...run, name: title, does: "update", paper: true, state: false },
    exchanges: run.exchanges.map((one) => ({ ...one, stdout: change(one.stdout) })),
    ...more,
  });
  const same = (text: string) => text;
  return [
    ...(first ? [with_(first, "on older tools", (text) => inOldWords(text, n))] : []),
    ...(later && n % 2 === 0 ? [with_(later, "without the state", same, { site: 1 })] : []),
    ...(later && n % 2 === 1
      ? [with_(later, "without the manifest", (text) => text.replace(MANIFEST, ""), { site: 1 })]
      : []),
    ...(last && n % 4 === 0
      ? [with_(last, "on another machine", (text) => text.replace(/^machine .*$/m, `machine ${"5".repeat(32)}`))]
      : []),
  ];
}

/** Its section: up to its mark, from the one before. */
const MANIFEST = /(?<=\n@@<nonce> namespace \d+\n)[\s\S]*?\n@@<nonce> manifest \d+\n/;
