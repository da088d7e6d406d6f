/** Hand-made routers and short ways to ask a kind what it means. */
import { formatFragment } from "../../provider/dialects/fragment.ts";
import { lineKey } from "../../provider/dialects/line-key.ts";
import { type Facts, noFacts } from "../../provider/kinds/facts.ts";
import type { Kind, View } from "../../provider/kinds/kind.ts";
import type { Fragment, Line } from "../../provider/model/line.ts";
import type { Snapshot } from "../../provider/model/snapshot.ts";

/** The seed's router before anything was done to it. */
export function routerOf(changes: Partial<Snapshot> = {}): Snapshot {
  const ether = (name: string) => ({ name, up: true, type: "ether", pointToPoint: false });
  const inet = (device: string, address: string, prefix: number) =>
    ({ kind: "address", device, address, prefix, dynamic: false, scope: "global" }) as const;
  return {
    capabilities: {
      kernel: "6.1.0",
      root: true,
      ip: { variant: "iproute2", version: "6.1.0" },
      iptables: { variant: "legacy", version: "1.8.9", command: "iptables-legacy", wait: true },
      conntrack: false,
      stateDir: "/run/multiwan",
      daemons: [],
    },
    devices: [
      { name: "lo", up: true, type: "loopback", pointToPoint: false },
      ...["eth0", "eth1", "eth2", "eth0.100"].map(ether),
    ],
    addresses: [inet("eth0", "172.16.1.1", 24), inet("eth1", "149.99.251.146", 30), inet("eth2", "66.119.160.2", 24)],
    rules: [],
    routes: [],
    tableNames: {
      path: "/etc/iproute2/rt_tables",
      text: "255\tlocal\n254\tmain\n253\tdefault\n0\tunspec\n",
      names: new Map([
        [255, "local"],
        [254, "main"],
        [253, "default"],
        [0, "unspec"],
      ]),
    },
    iptables: {},
    sysctls: new Map(
      ["eth0", "eth1", "eth2"].flatMap((device) => [
        [`net.ipv4.conf.${device}.rp_filter`, "1"],
        [`net.ipv4.conf.${device}.src_valid_mark`, "0"],
      ]),
    ),
    manifest: undefined,
    boot: { hooks: ["ifupdown"], files: [], text: undefined },
    bootId: "boot-1",
    uptime: 1000,
    ...changes,
  };
}

type Args = Readonly<Record<string, unknown>>;

export function desiredOf(kind: Kind, args: Args, facts: Facts = noFacts): Fragment {
  return kind.desired(kind.schema.parse(args), facts);
}

/** What a preview shows of these arguments, line by line. */
export function shown(kind: Kind, args: Args, facts: Facts = noFacts): string[] {
  const parsed = kind.schema.parse(args);
  return formatFragment(kind.desired(parsed, facts), kind.tableNames?.(parsed)).split("\n");
}

/** What is wrong with these arguments, whatever the router: `path: message`. */
export function faults(kind: Kind, args: Args): string[] {
  const parsed = kind.schema.safeParse(args);
  return parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
}

/** What a router has against them. `ours` are lines in the manifest, `mine` those of this very resource. */
export function refusals(
  kind: Kind,
  args: Args,
  snapshot: Snapshot,
  {
    ours = [],
    mine = [],
    ...last
  }: { ours?: Fragment; mine?: Fragment } & Pick<View, "lastNames" | "namedTables"> = {},
): string[] {
  const parsed = kind.schema.parse(args);
  const among = (lines: Fragment) => {
    const keys = new Set(lines.map(lineKey));
    return (line: Line) => keys.has(lineKey(line));
  };
  const isOurs = among([...ours, ...mine]);
  const facts = kind.facts?.(parsed, snapshot, isOurs) ?? noFacts;
  const isDesired = among(kind.desired(parsed, facts));
  const found =
    kind.refuse?.(parsed, { snapshot, isOurs, isMine: among(mine), isAdopted: () => false, isDesired, ...last }) ?? [];
  return found.map(({ path, message }) => `${path.join(".")}: ${message}`);
}
