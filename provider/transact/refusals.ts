/** What a planned change is refused for when the router is known as it is now: nothing has been changed by then. */

import { saySplit } from "../coexistence/split.ts";
import type { Fragment } from "../model/line.ts";
import { shortName } from "../model/owner.ts";
import type { Seen } from "../observe/reading.ts";
import { heldBy } from "../plan/held-chains.ts";
import { identityOf } from "../plan/identity.ts";
import { liveOf } from "../plan/live.ts";
import { otherStacks } from "../plan/other-stacks.ts";
import type { Plan } from "../plan/plan.ts";
import { isElsewhere } from "../plan/same-router.ts";
import { cutBy } from "../plan/session-address.ts";
import type { Request } from "../plan/settlement.ts";
import { takeOver } from "../plan/take-over.ts";
import { sayRoutes, takenAlong } from "../plan/taken-along.ts";
import { RouterError } from "../ssh/errors.ts";
import { type RouterSettings, routerName } from "../ssh/settings.ts";
import type { Ends } from "../ssh/shell.ts";
import { TransactionFailed } from "./failure.ts";

/** What of a `Router` counts here. */
interface Known {
  readonly settings: RouterSettings;
  readonly claims: ReadonlyMap<string, Fragment>;
}

/** What a state recorded counts where the router itself does not know, and only on the router that it was recorded on. */
export function onThisRouter(request: Request, { snapshot, manifest }: Seen, { settings, claims }: Known): Request {
  const { recorded, recordedOn, ...rest } = request;
  const knows = [request.owner, request.former].some((owner) => owner !== undefined && manifest.has(owner));
  if (recorded === undefined || recordedOn === undefined || knows) return request;
  const router = routerName(settings);
  const here = { routerId: identityOf(snapshot), router };
  if (!isElsewhere(recordedOn, here, recorded.lines, liveOf(snapshot))) return request;
  // Of an update the preview has said what stays behind; a destroy has none, and would forget it.
  if (request.desired === undefined && claims.size === 0)
    throw new RouterError("collision", {
      router,
      what: `deleting ${shortName(request.owner)}`,
      why: `its lines were put on another machine${recordedOn.router === router ? "" : `, ${recordedOn.router}`}, and this one has no list of them`,
      hint: "Nothing was changed. Set host back to that machine; if it no longer exists, say gone: true",
      setting: "host",
    });
  return rest;
}

/** A change in one variant of iptables would leave what the other has for ever. */
export function refuseSplit({ snapshot: { capabilities } }: Seen, router: string): void {
  const split = saySplit(capabilities.iptables, capabilities.stateDir);
  if (split) throw new RouterError("collision", { router, ...split, hint: `Nothing was changed. ${split.hint}` });
}

/** Another stack may have put its lines there since the preview. */
export function refuseOtherStacks(
  { snapshot, manifest }: Seen,
  requests: readonly Request[],
  router: Known & { readonly renamed: ReadonlySet<string> },
): void {
  const taken = takeOver(manifest, requests, (owner) => router.claims.has(owner));
  for (const request of requests) {
    const [first] = otherStacks(request, request.desired ?? [], taken, router.renamed, snapshot.tableNames.names);
    if (!first) continue;
    throw refusal(request.owner, "collision", {
      ...{ router: routerName(router.settings), what: "planning the change", why: first.message },
      hint: "Nothing was changed",
    });
  }
}

/** Not begun: the session would end with it, and the router would take it back after the confirm time. */
export function refuseCut(plan: Plan, router: string, ends: Ends | undefined): void {
  const cut = cutBy(plan, ends?.server.address);
  if (cut === undefined) return;
  throw refusal(cut.owner, "apply-failed", {
    router,
    what: `removing ${cut.line.address} from ${cut.line.device}`,
    why: "this session came in by that address, and would end with it before the change could be confirmed",
    hint: "Nothing was changed. Come in by another address of the router",
    setting: "host",
  });
}

/** Not begun: a foreign route would be lost, and nothing could bring it back while its source address is away. */
export function refuseTakenAlong(plan: Plan, { snapshot, manifest }: Seen, router: string): void {
  const lost = takenAlong(plan, snapshot, manifest);
  if (lost === undefined) return;
  throw refusal(lost.owner, "collision", {
    router,
    what: `removing ${lost.address.address} from ${lost.address.device}`,
    why: `the kernel would take along ${sayRoutes(lost.routes, snapshot.tableNames.names)}`,
    hint: "Nothing was changed. Remove these routes first, or give them another source; or put the address on the router by hand, outside of this stack",
  });
}

/** Not begun: the kernel removes no chain that a rule leads to, and iptables-restore says neither which rule nor that. */
export function refuseHeld(plan: Plan, { snapshot }: Seen, router: string): void {
  const held = heldBy(plan, snapshot);
  if (held === undefined) return;
  throw refusal(held.owner, "collision", {
    router,
    what: `removing the chain ${held.chain} of ${held.table}`,
    why: `the foreign rule "${held.rule}" leads to it`,
    hint: "Nothing was changed. Remove that rule, and run again",
  });
}

/** The resource gets the whole error, whoever else shares its transaction one line. */
function refusal(owner: string, ...error: ConstructorParameters<typeof RouterError>): TransactionFailed {
  return new TransactionFailed([owner], new RouterError(...error));
}
