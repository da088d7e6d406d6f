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
const PROVED = /a connection would not get its answer/;

/** An operator's process for each lab, kept from life to life. */
const operators = new WeakMap<object, { own: Operator; other: Operator }>();

export async function live(bed: Bed, life: Life): Promise<Outcome> {
  const { lab } = bed;
  const { own, other } = operators.get(lab) ?? { own: new Operator(lab), other: new Operator(lab, "other") };
  operators.set(lab, { own, other });
  own.loseState();
  other.loseState();
  const fail = (verdict: Verdict, text: string): Outcome => ({ kind: "failed", verdict, text });
  const { host, port, keyFile, hostKey } = lab.router.ssh;
  const router = {
    host,
    port,
    privateKeyFile: keyFile,
    hostKey,
    confirmTimeout: CONFIRM,
    keepAlive: 1,
    exchangeTimeout: 60,
  };
  const run = async (operator: Operator, resources: readonly Resource[], stack?: string): Promise<Answer> => {
    const { done } = await operator.run({ resources, router, apply: true, ...(stack && { stack }) });
    const late = setTimeout(() => void operator.kill(), CONFIRM * 6000);
    const answer = await done;
    clearTimeout(late);
    if (!answer) throw new Error("the operator's process has died, or did not answer");
    return answer;
  };
  try {
    await bed.build(life.router);
  } catch (error) {
    return fail("not built", (error as Error).message);
  }
  if (has(life.router, "another stack", "a table, a rule and a chain of its own")) {
    const answer = await run(other, OTHER_STACK, "other/prod");
    if (Object.keys(answer.failures).length > 0) return { kind: "refused", why: `the other stack: ${said(answer)}` };
    await quiet(bed);
  }
  const before = await dumpExactly(lab);

  const up = await run(own, resourcesOf(life.site, life.router));
  if (Object.keys(up.failures).length > 0) {
    await quiet(bed);
    const there = await dumpExactly(lab);
    const changes = differences(before, there);
    if (up.refused)
      return changes === ""
        ? { kind: "refused", why: said(up) }
        : fail("changed by a refusal", `${said(up)}\n${changes}`);
    if (changes !== "") return fail("not rolled back", `${said(up)}\n${changes}`);
    if (!PROVED.test(said(up))) return fail("up fails", said(up));
    return { kind: "refused", why: said(up) };
  }
  const inForce = await dumpExactly(lab);
  const meanwhile = lostMeanwhile(before, inForce, takenOver(life.router));
  if (meanwhile.length > 0) return fail("lost meanwhile", meanwhile.slice(0, 12).join("\n"));

  const change = await run(own, resourcesOf(life.changed, life.router));
  const refused = Object.keys(change.failures).length > 0 ? said(change) : undefined;
  if (refused && !change.refused) {
    if (!PROVED.test(refused)) return fail("change fails", refused);
    await quiet(bed);
    const now = await dumpExactly(lab);
    // Lines of the site's own may come back in another order: two addresses, two rules of one priority.
    const left = [...unequal(inForce, now), ...lostMeanwhile(before, now, takenOver(life.router))];
    if (left.length > 0) return fail("not rolled back", `${refused}\n${left.slice(0, 12).join("\n")}`);
    // What has failed is recorded as such: the next up does it once more.
    const mended = await run(own, resourcesOf(life.site, life.router));
    if (Object.keys(mended.failures).length > 0) return fail("change fails", said(mended));
  }
  const again = await run(own, resourcesOf(refused ? life.site : life.changed, life.router));
  const moved = Object.entries(again.ops).filter(([, op]) => op !== "same");
  if (moved.length > 0 || Object.keys(again.failures).length > 0)
    return fail(
      "not silent",
      `${moved.map(([name, op]) => `${op} ${name}`).join(", ")} ${again.drift.join(" | ")} ${said(again)}`,
    );

  const gone = await run(own, []);
  if (Object.keys(gone.failures).length > 0)
    return fail("destroy fails", `${said(gone)}\n${differences(before, await dumpExactly(lab))}`);
  await quiet(bed);
  const after = await dumpExactly(lab);
  const left = await leftoversOn(lab);
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
