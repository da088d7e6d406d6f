/** A router with a site on it, and whatever else stands there, as a snapshot: what the proof of a change is given. */
import { parseFragment } from "../../provider/dialects/fragment.ts";
import { kindOf } from "../../provider/kinds/index.ts";
import type { Line } from "../../provider/model/line.ts";
import type { Snapshot } from "../../provider/model/snapshot.ts";
import { formatManifest, type Manifest } from "../../provider/plan/manifest.ts";
import { checkSite } from "../../provider/site/check.ts";
import { compose } from "../../provider/site/compose.ts";
import type { Site } from "../../provider/site/schema.ts";
import { partsText } from "./machine-text.ts";

export interface Situation {
  readonly site: Site;
  readonly manifest: Manifest;
  readonly snapshot: Snapshot;
}

/**
 * @param ground what was there before, in the words of `machineText`
 * @param foreign lines of others that came afterwards, likewise
 * @param names of routing tables; undefined: those of the links
 */
export function situation(written: unknown, ground: string, foreign = "", names?: ReadonlyMap<number, string>) {
  const checked = checkSite(written);
  if ("faults" in checked) throw new Error(JSON.stringify(checked.faults));
  const { site } = checked;
  const before = { ...NOTHING, ...partsText(ground) } as unknown as Snapshot;
  const resources = compose(site, "site").filter(({ kind }) => kind !== "BootConfig");
  const manifest: Manifest = new Map(
    resources.map(({ kind, name, args }): [string, { lines: readonly Line[]; found: [] }] => {
      const { schema, facts, desired } = kindOf(kind);
      const parsed = schema.parse(args);
      return [`p/s/${kind}/${name}`, { lines: desired(parsed, facts?.(parsed, before, () => false) ?? {}), found: [] }];
    }),
  );
  const lines = [...manifest.values()].flatMap((entry) => entry.lines);
  const tableNames =
    names ?? new Map(lines.flatMap((line) => (line.kind === "table-name" ? [[line.id, line.name]] : [])));
  const parts = partsText(ground, [...lines, ...parseFragment(dedented(foreign))]);
  const snapshot = {
    ...NOTHING,
    ...parts,
    tableNames: { ...NOTHING.tableNames, names: tableNames },
    manifest: formatManifest(manifest),
  } as unknown as Snapshot;
  return { site, manifest, snapshot } satisfies Situation;
}

const dedented = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean)
    .join("\n");

/** What decides about no packet. */
const NOTHING = {
  tableNames: { path: "/etc/iproute2/rt_tables", text: undefined, names: new Map<number, string>() },
  capabilities: {
    kernel: "6.1.0",
    ip: { variant: "iproute2", version: "6.1.0" },
    iptables: { variant: "nft", version: "1.8.9", command: "iptables", wait: true },
  },
};
