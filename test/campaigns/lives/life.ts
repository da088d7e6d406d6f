/**
 * One life of a site on a random router: up, a random change, an up that writes nothing, destroy. Afterwards everything on
 * the router is word for word and in order as before, and all the while nothing foreign is gone.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, Operator } from "../faults/operator.ts";
import { randomFrom } from "../faults/random.ts";
import { busyOn, leftoversOn } from "../faults/settled.ts";
import type { Resource } from "../faults/site.ts";
import type { Bed } from "../routers/bed.ts";
import { drawRouter, has, valuesOf, withRare } from "../routers/draw.ts";
import { type Dump, differences, dumpExactly, lostMeanwhile, unequal } from "../routers/dump.ts";
import { busyboxOf } from "../routers/script.ts";
import { changeSite, drawSite, type RandomSite, resourcesOf } from "../routers/site.ts";
import type { RandomRouter } from "../routers/value.ts";
import { OTHER_STACK } from "./other-stack.ts";

export interface Life {
  readonly router: RandomRouter;
  readonly site: RandomSite;
  readonly changed: RandomSite;
}

export type Outcome =
  | { readonly kind: "lived" }
  /** By the preview, in these words, and nothing was touched. */
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "failed"; readonly verdict: Verdict; readonly text: string };

export type Verdict =
  | "not built"
  | "up fails"
  | "changed by a refusal"
  | "not rolled back"
  | "lost meanwhile"
  | "change fails"
  | "not silent"
  | "destroy fails"
  | "not as before"
  | "broken";

/** @param rare a dimension whose rare values are taken in turn */
export function drawLife(seed: number, n: number, rare?: string): Life {
  const random = randomFrom(Math.imul(seed, 1_000_003) + n);
  const drawn = drawRouter(random);
  const router = rare === undefined ? drawn : withRare(drawn, rare, n);
  const site = drawSite(random);
  return { router, site, changed: changeSite(site, random) };
}

const CONFIRM = 25;
/** Tried, and taken back with the packet that shows why: an answer as good as a refusal. */
const PROVED = /a connection would not get its reply/;

/** An operator's process for each lab, kept from life to life. */
const operators = new WeakMap<object, { own: Operator; other: Operator }>();

export async function live(bed: Bed, life: Life): Promise<Outcome> {
  const { lab } = bed;
  const { own, other } = operators.get(lab) ?? { own: new Operator(lab), other: new Operator(lab, "other") };
  operators.set(lab, { own, other });
  own.loseState();
  other.loseState();
  const living: Living = { bed, life, run: (site) => runOn(bed, own, site && resourcesOf(site, life.router)) };
  try {
    await bed.build(life.router);
  } catch (error) {
    return fail("not built", (error as Error).message);
  }
  if (has(life.router, "another stack", "a table, a rule and a chain of its own")) {
    const answer = await runOn(bed, other, OTHER_STACK, "other/prod");
    if (hasFailed(answer)) return { kind: "refused", why: `the other stack: ${said(answer)}` };
    await quiet(bed);
  }
  const before = await dumpExactly(lab);
  const first = await firstUp(living, before);
  if ("kind" in first) return first;
  const changed = await change(living, before, first.inForce);
  if (changed.failed) return changed.failed;
  return (await silent(living, changed.refused)) ?? (await destroy(living, before, changed.refused));
}

interface Living {
  readonly bed: Bed;
  readonly life: Life;
  /** An up of the site; without one, a destroy. */
  readonly run: (site?: RandomSite) => Promise<Answer>;
}

const fail = (verdict: Verdict, text: string): Outcome => ({ kind: "failed", verdict, text });
const hasFailed = ({ failures }: Answer) => Object.keys(failures).length > 0;

async function runOn(
  { lab }: Bed,
  operator: Operator,
  resources: readonly Resource[] = [],
  stack?: string,
): Promise<Answer> {
  const { host, port, keyFile, hostKey } = lab.router.ssh;
  const router = {
    ...{ host, port, privateKeyFile: keyFile, hostKey },
    ...{ confirmTimeout: CONFIRM, keepAlive: 1, exchangeTimeout: 60 },
  };
  const { done } = await operator.run({ resources, router, apply: true, ...(stack && { stack }) });
  const late = setTimeout(() => void operator.kill(), CONFIRM * 6000);
  const answer = await done;
  clearTimeout(late);
  if (!answer) throw new Error("the operator's process has died, or did not answer");
  return answer;
}

/** @returns the router with the site, or why it has none */
async function firstUp({ bed, life, run }: Living, before: Dump): Promise<Outcome | { readonly inForce: Dump }> {
  const up = await run(life.site);
  if (hasFailed(up)) {
    await quiet(bed);
    return refusedUp(up, differences(before, await dumpExactly(bed.lab)));
  }
  const inForce = await dumpExactly(bed.lab);
  const lost = lostMeanwhile(before, inForce, takenOver(life.router));
  return lost.length > 0 ? fail("lost meanwhile", lost.slice(0, 12).join("\n")) : { inForce };
}

/** @param changes what it has changed all the same */
function refusedUp(up: Answer, changes: string): Outcome {
  if (changes !== "") return fail(up.refused ? "changed by a refusal" : "not rolled back", `${said(up)}\n${changes}`);
  if (!up.refused && !PROVED.test(said(up))) return fail("up fails", said(up));
  return { kind: "refused", why: said(up) };
}

/** Either it is made, or refused: then the site is as it was. */
interface Changed {
  readonly refused?: string;
  readonly failed?: Outcome;
}

async function change({ bed, life, run }: Living, before: Dump, inForce: Dump): Promise<Changed> {
  const answer = await run(life.changed);
  if (!hasFailed(answer)) return {};
  const refused = said(answer);
  if (answer.refused) return { refused };
  if (!PROVED.test(refused)) return { failed: fail("change fails", refused) };
  await quiet(bed);
  const now = await dumpExactly(bed.lab);
  // Lines of the site's own may come back in another order: two addresses, two rules of one priority.
  const left = [...unequal(inForce, now), ...lostMeanwhile(before, now, takenOver(life.router))];
  if (left.length > 0) return { failed: fail("not rolled back", `${refused}\n${left.slice(0, 12).join("\n")}`) };
  // What has failed is recorded as such: the next up does it once more.
  const mended = await run(life.site);
  return hasFailed(mended) ? { failed: fail("change fails", said(mended)) } : { refused };
}

/** An up that has nothing to do does nothing. */
async function silent({ life, run }: Living, refused: string | undefined): Promise<Outcome | undefined> {
  const again = await run(refused ? life.site : life.changed);
  const moved = Object.entries(again.ops).filter(([, op]) => op !== "same");
  if (moved.length === 0 && !hasFailed(again)) return undefined;
  const ops = moved.map(([name, op]) => `${op} ${name}`).join(", ");
  return fail("not silent", `${ops} ${again.drift.join(" | ")} ${said(again)}`);
}

async function destroy({ bed, life, run }: Living, before: Dump, refused: string | undefined): Promise<Outcome> {
  const gone = await run();
  if (hasFailed(gone))
    return fail("destroy fails", `${said(gone)}\n${differences(before, await dumpExactly(bed.lab))}`);
  await quiet(bed);
  const after = await dumpExactly(bed.lab);
  const left = await leftoversOn(bed.lab);
  if (left.length > 0) return fail("not as before", `left behind: ${left.join(" ")}`);
  const shown = busyboxOf(life.router) ? asBusyboxShows : (dump: Dump) => dump;
  return judged(shown(before), shown(after), refused);
}

/**
 * busybox's ip prints neither the protocol nor the metrics of a route: what nobody has read of the default route that the
 * site replaced cannot be given back (docs/safety.md). Every other route is compared with them.
 */
function asBusyboxShows(dump: Dump): Dump {
  const routes = (dump.get("routes") ?? []).map((line) =>
    /^unicast default .*\btable main\b/.test(line)
      ? line.replace(/ proto \S+/, "").replace(/ (mtu|advmss|window|initcwnd) (lock )?\S+/g, "")
      : line,
  );
  return new Map([...dump, ["routes", routes]]);
}

function judged(before: Dump, after: Dump, refused: string | undefined): Outcome {
  const why = differences(before, after);
  const note = refused ? `\n(its change was refused: ${refused.slice(0, 200)})` : "";
  return why === "" ? { kind: "lived" } : { kind: "failed", verdict: "not as before", text: why + note };
}

/** What a site takes the place of, by its own declaration: a default route of its metric, adopted lines. */
export function takenOver(router: RandomRouter): (section: string, line: string) => boolean {
  const adopted = valuesOf(router).flatMap(({ adopt }) => adopt ?? []);
  const words = (line: string) => new Set(line.split(/[\s:]+/));
  return (section, line) => {
    if (section === "routes" && /^unicast default .*\btable main\b/.test(line)) return true;
    return adopted.some((text) => {
      // An address takes the routes along that the kernel has made for it.
      const [, own] = /^inet ([\d.]+)\//.exec(text) ?? [];
      if (own) return line.includes(own) || line.includes(own.replace(/\.\d+$/, "."));
      const there = words(line);
      const wanted = text
        .replace(/^-t \w+ /, "")
        .split(/[\s:]+/)
        .filter((word) => !/^(lookup|table|from|all)$/.test(word));
      return wanted.every((word) => there.has(word));
    });
  };
}

const said = ({ failures }: Answer): string => {
  const texts = [...new Set(Object.values(failures))];
  // The one that tells the reason is the longest; the others say that they were rolled back with it.
  return texts.filter((text) => !/rolled back with/.test(text)).join("\n") || texts.join("\n");
};

/** Waits for the watchers of the run before. */
async function quiet(bed: Bed): Promise<void> {
  for (let i = 0; i < 100 && ((await busyOn(bed.lab)) || (await leftoversOn(bed.lab)).length > 0); i++) await sleep(50);
}
