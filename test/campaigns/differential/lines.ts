/** Is every declared line needed? Each is taken away in turn, and the proof, or a packet, has to notice. */
import fc from "fast-check";
import type { Proved } from "../../../provider/proof/claim.ts";
import { prove, withDefault, withoutDevice } from "../../../provider/proof/prove.ts";
import { declaredLines, declaredMachine } from "../../../provider/site/declared.ts";
import { obligationsOf } from "../../../provider/site/obligations.ts";
import type { Site } from "../../../provider/site/schema.ts";
import type { Machine } from "../../../provider/walk/machine.ts";
import { placesOf, siteArbitrary } from "./arbitrary-site.ts";
import { talkArbitrary } from "./arbitrary-talk.ts";
import { less } from "./less.ts";
import type { Talk } from "./play.ts";
import { ownText, shut, talkText } from "./pure.ts";

/** Connections per site: enough that each door is tried from inside and outside. */
const TALKS = 20;

interface Survivors {
  readonly lines: number;
  readonly proof: number;
  readonly packets: number;
  readonly left: readonly string[];
}

/** What notices the loss of which line, on random sites; the last lines are the counts. */
export function* lines(seed: number, sites: number, talks: number): Generator<string> {
  const cases = fc.sample(
    siteArbitrary.chain(({ site }) =>
      fc.tuple(
        fc.constant(site),
        fc.array(talkArbitrary(placesOf(site)), { minLength: talks * TALKS, maxLength: talks * TALKS }),
      ),
    ),
    { seed, numRuns: sites },
  );
  const all = cases.map(([site, list]) => survivorsOf(site, list));
  const sum = (of: (one: Survivors) => number) => all.reduce((total, one) => total + of(one), 0);
  const shapes = Map.groupBy(
    all.flatMap(({ left }) => left),
    shapeOf,
  );
  for (const [shape, list] of [...shapes].sort(([, a], [, b]) => b.length - a.length))
    yield `survives ${list.length}: ${shape}, such as ${list[0]}`;
  yield `${sites} sites, ${sum((one) => one.lines)} lines taken away one by one`;
  yield `noticed by the proof ${sum((one) => one.proof)}`;
  yield `noticed by packets alone ${sum((one) => one.packets)}`;
  yield `survivors ${sum((one) => one.left.length)}`;
}

function survivorsOf(site: Site, talks: readonly Talk[]): Survivors {
  const machine = declaredMachine(site);
  const obligations = obligationsOf(site);
  const answers = answersOf(prove(machine, obligations));
  const situations = (one: Machine): Machine[] => [
    one,
    shut(one),
    ...obligations.links.flatMap((link) => [withDefault(one, link), withoutDevice(one, link.device)]),
  ];
  const told = situations(machine).map((one) => [ownText(one), ...talks.map((talk) => talkText(one, talk))]);
  let [lines, proof, packets] = [0, 0, 0];
  const left: string[] = [];
  for (const { text, machine: smaller } of less(machine, declaredLines(site))) {
    lines++;
    if (answersOf(prove(smaller, obligations)) !== answers) proof++;
    else if (differs(situations(smaller), told, talks)) packets++;
    else left.push(text);
  }
  return { lines, proof, packets, left };
}

function differs(machines: readonly Machine[], told: readonly (readonly string[])[], talks: readonly Talk[]): boolean {
  return machines.some(
    (machine, i) =>
      ownText(machine) !== told[i]![0] || talks.some((talk, k) => talkText(machine, talk) !== told[i]![k + 1]),
  );
}

/** What the proof says, not how it says it. */
function answersOf(proved: readonly Proved[]): string {
  return proved.map(({ claim, answer }) => `${claim.name} ${claim.when} ${answer.kind}`).join("\n");
}

/** Lines that differ in their numbers only are one kind. */
function shapeOf(text: string): string {
  return text
    .replace(/\d+\.\d+\.\d+\.\d+(\/\d+)?/g, "A")
    .replace(/mw-\S+/g, "mw-*")
    .replace(/wan\d|table \d+/g, "T")
    .replace(/eth\d/g, "D")
    .replace(/0x[0-9a-f]+/g, "M")
    .replace(/\d+/g, "N");
}
