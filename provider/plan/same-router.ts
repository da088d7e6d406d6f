/** Whether what a state recorded was recorded on this very router. Pure. */
import type { Fragment } from "../model/line.ts";
import { compareIdentity } from "./identity.ts";
import type { Live } from "./live.ts";

export interface RecordedOn {
  /** As `identityOf`; "" in a state that an older version has left. */
  readonly routerId: string;
  /** `host` or `host:port`. */
  readonly router: string;
}

/**
 * Only asked where the router's manifest does not know the resource. A state without an identity goes by the address, and by the
 * lines themselves: what the kernel shows of them is there because somebody put it there.
 */
export function isElsewhere(recorded: RecordedOn, here: RecordedOn, lines: Fragment, live: Live): boolean {
  const verdict = compareIdentity(recorded.routerId, here.routerId);
  if (verdict !== undefined) return verdict === "other";
  if (recorded.router === "" || recorded.router === here.router) return false;
  return !lines.some((line) => line.kind !== "sysctl" && line.kind !== "file" && live.has(line));
}
