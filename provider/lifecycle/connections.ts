/**
 * What a preview says of the router's connections. Each resource is checked alone, and none of them alone tells where packets go:
 * it is said once, with the check of the last one that the program declares.
 */
import { brokenText } from "../proof/change.ts";
import { outlookWith } from "../proof/outlook.ts";
import { notOvertaken } from "../proof/overtaken.ts";
import { sayCounts } from "../proof/say-counts.ts";
import { sayLost, sayMended, sayUntold } from "../proof/say-outlook.ts";
import { RouterError } from "../ssh/errors.ts";
import { routerName } from "../ssh/settings.ts";
import { onThisRouter } from "../transact/refusals.ts";
import type { Seen } from "../transact/router.ts";
import type { Run } from "./run.ts";
import { warn } from "./say.ts";

/**
 * @param together owners of all that the program declares on this router, as far as it has come
 * @throws {RouterError} the change would break connections that hold now
 */
export function foresee(run: Run, seen: Seen, together: readonly string[]): void {
  const router = run.router();
  // An update has had its preview, and what it changes is proved as it is read back.
  if (router.changing || together.length === 0) return;
  if (!together.every((owner) => router.previewed.has(owner))) return;
  if (router.foreseen === router.previewed.size) return;
  router.foreseen = router.previewed.size;
  const name = routerName(router.settings);
  const requests = [...router.previewed.values()].map((request) => onThisRouter(request, seen, router));
  const outlook = outlookWith(seen, requests, router.claims);
  const counts = sayCounts(outlook);
  if (counts !== undefined) run.say("info", `${name}: ${counts}`);
  for (const one of notOvertaken(outlook.lost, seen.snapshot, seen.manifest)) warn(run, `${name}: ${sayLost(one)}`);
  for (const one of outlook.mended) run.say("info", `${name}: ${sayMended(one)}`);
  const untold = sayUntold(outlook);
  if (untold !== undefined) warn(run, `${name}: ${untold}`);
  const broken = brokenText(outlook.broken);
  if (broken) throw new RouterError("collision", { router: name, ...broken, hint: "Nothing was changed" });
}
