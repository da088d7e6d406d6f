/**
 * The tables and base chains that iptables-nft makes on its way where a rule is the first in them, and does not take away with the
 * last one. Which were not there before the first managed line is kept in the manifest's head (`made`), for all stacks of the
 * router: what is idle when the last managed line leaves it goes too. What anybody else has used meanwhile stays, and so does what
 * is not known: a chain without a managed jump on the router, after a flush or a reboot, counts as others'. Pure.
 */

import { quote } from "../dialects/quote.ts";
import { isChainName } from "../model/chain-name.ts";
import type { IptablesTable } from "../model/line.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { versionAtLeast } from "../model/version.ts";
import { isOwnHook } from "./hooks.ts";
import { parseHead } from "./manifest.ts";
import { removal, type Step } from "./step.ts";
import type { State, TableChange } from "./table-change.ts";

/** Of one table. */
interface Idle {
  readonly table: IptablesTable;
  readonly chains: readonly string[];
  /** The table itself too. */
  readonly whole: boolean;
}

/** `mangle` for a table, `mangle/PREROUTING` for a chain. */
type Made = ReadonlySet<string>;

/** What nobody has a use for after the change, and after its way back. */
function idleAfter(change: TableChange, snapshot: Snapshot): { change: Idle; wayBack: Idle } {
  const { table, before, after } = change;
  const made = madeBefore(snapshot);
  const fresh = freshIn(change, snapshot);
  const left = (place: string) => uses(before, place, table) && !uses(after, place, table) && made.has(place);
  const policyOf = (chain: string) => snapshot.iptables[table]?.chains.get(chain)?.policy;
  return {
    change: {
      table,
      chains: chainsOf(before).filter(
        (chain) => left(`${table}/${chain}`) && after.builtIn.get(chain)?.length === 0 && policyOf(chain) === "ACCEPT",
      ),
      whole: left(table),
    },
    wayBack: {
      table,
      chains: chainsOf(after).filter((chain) => fresh.has(`${table}/${chain}`)),
      whole: fresh.has(table),
    },
  };
}

/** For the manifest's head, after the changes. */
export function madeAfter(changes: readonly TableChange[], snapshot: Snapshot): { made?: string } {
  const made = new Set(madeBefore(snapshot));
  for (const change of changes) {
    const { table, before, after } = change;
    const fresh = freshIn(change, snapshot);
    for (const place of placesOf(change)) {
      if (fresh.has(place)) made.add(place);
      else if (!uses(before, place, table) || !uses(after, place, table)) made.delete(place);
    }
  }
  return made.size === 0 ? {} : { made: [...made].sort().join(" ") };
}

function madeBefore({ manifest, left = [] }: Pick<Snapshot, "manifest" | "left">): Made {
  return new Set([manifest, ...left].flatMap((text) => parseHead(text).made?.split(" ") ?? []));
}

/** What the change is the first to use, and makes by that. */
function freshIn(change: TableChange, snapshot: Snapshot): Made {
  const { table, before, after } = change;
  return new Set(
    placesOf(change).filter(
      (place) => !uses(before, place, table) && uses(after, place, table) && !isThere(place, snapshot),
    ),
  );
}

function placesOf({ table, before, after }: TableChange): string[] {
  const chains = new Set([...chainsOf(before), ...chainsOf(after)]);
  return [table, ...[...chains].map((chain) => `${table}/${chain}`)];
}

const chainsOf = ({ builtIn }: State) => [...builtIn.keys()];

/** Has it anything managed? */
function uses({ chains, builtIn }: State, place: string, table: IptablesTable): boolean {
  if (place !== table) return (builtIn.get(place.slice(table.length + 1)) ?? []).some(isOwnHook);
  return [...chains.keys()].some((chain) => isChainName(chain)) || [...builtIn.values()].flat().some(isOwnHook);
}

/** iptables-nft-save shows every base chain of a table that is there: only nft tells them apart. */
function isThere(place: string, { capabilities, iptables, nftChains }: Snapshot): boolean {
  if (capabilities.iptables.variant !== "nft") return true;
  const [table = "", chain] = place.split("/");
  if (nftChains === undefined) return iptables[table as IptablesTable] !== undefined;
  return chain === undefined ? nftChains.has(table) : (nftChains.get(table)?.includes(chain) ?? false);
}

/** Which base chains a table can have: their names, for a deletion to fail where one has come meanwhile. */
const BASE_CHAINS: Readonly<Record<IptablesTable, readonly string[]>> = {
  raw: ["PREROUTING", "OUTPUT"],
  mangle: ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
  nat: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
  filter: ["INPUT", "FORWARD", "OUTPUT"],
};

/**
 * Steps that tidy up: behind everything else, in the change and on its way back. What others have in a chain makes neither fail; the
 * way back is tried again where a managed jump has not yet gone. The kernel refuses to delete a chain with rules for `iptables -X`, and
 * iptables one with another policy; nft would delete both with all that is in them.
 */
export function tidySteps(changes: readonly TableChange[], snapshot: Snapshot): Step[] {
  const { capabilities } = snapshot;
  // Older ones refuse, and nothing else does it safely.
  if (capabilities.iptables.variant !== "nft" || !versionAtLeast(capabilities.iptables.version, "1.8.8")) return [];
  const idle = changes.map((change) => idleAfter(change, snapshot));
  const step = { owners: [], what: `${capabilities.iptables.command} -X` };
  const run = idle.flatMap(({ change }) => commands(change, snapshot));
  const undo = idle.flatMap(({ wayBack }) => commands(wayBack, snapshot));
  return [
    ...(undo.length > 0
      ? [{ ...step, phase: FIRST, run: ":", undo: ["busy=", ...undo, '[ -z "$busy" ]'].join("\n") }]
      : []),
    ...(run.length > 0 ? [{ ...step, phase: removal(FIRST), run: [...run, ":"].join("\n"), undo: ":" }] : []),
  ];
}

const FIRST = 0;

function commands({ table, chains, whole }: Idle, { capabilities: { iptables }, nftChains }: Snapshot): string[] {
  const save = `${quote(`${iptables.command}-save`)} -t ${table}`;
  const steps = chains.map(
    (chain) =>
      `${quote(iptables.command)} -t ${table} -X ${chain} 2>/dev/null || ! ${save} | grep -q '^-A ${chain} -j mw-' || busy=1`,
  );
  if (!whole || nftChains === undefined) return steps;
  const absent = BASE_CHAINS[table].map((chain) => `create chain ip ${table} ${chain}; `).join("");
  return [
    ...steps,
    `case $(nft list table ip ${table} 2>/dev/null) in "table ip ${table} {
}") nft ${quote(`${absent}delete table ip ${table}`)} 2>/dev/null ;; esac`,
  ];
}
