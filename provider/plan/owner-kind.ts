/** What the kind of an owner says of its lines, as far as plans and collisions depend on it. Pure. */
import { kindNamed } from "../kinds/index.ts";
import type { Kind } from "../kinds/kind.ts";
import { MAIN_TABLE, type RuleLine } from "../model/line.ts";
import { parseOwner } from "../model/owner.ts";
import type { Manifest } from "./manifest.ts";

/** undefined for a kind of another version. */
export function kindOfOwner(owner: string): Kind | undefined {
  return kindNamed(parseOwner(owner).kind);
}

/** Does a resource of this manifest ask for all managed lines to survive a reboot? */
export function persists(manifest: Pick<Manifest, "keys">): boolean {
  return [...manifest.keys()].some((owner) => kindOfOwner(owner)?.persists === true);
}

/** Which argument of the owner's kind gives a rule its priority, a chain its name, a route its table: the place of a fault. */
export function argument(owner: string, what: "priority" | "chain", line?: RuleLine): string;
export function argument(owner: string, what: "table"): string | undefined;
export function argument(owner: string, what: "priority" | "chain" | "table", line?: RuleLine): string | undefined {
  if (what === "priority" && line?.table === MAIN_TABLE)
    return line.from === "all" ? "inboundPriority" : "insidePriority";
  return kindOfOwner(owner)?.arguments?.[what] ?? (what === "table" ? undefined : what);
}
