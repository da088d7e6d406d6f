/** The proof walks a connection once where its situations are alike: what it says is what walking all of them says. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Proved } from "../../provider/proof/claim.ts";
import { follow } from "../../provider/proof/connection.ts";
import type { Flow } from "../../provider/proof/flow.ts";
import { type Case, claimOf, defaultFlows, flowsOf } from "../../provider/proof/flows.ts";
import type { Obligations } from "../../provider/proof/obligations.ts";
import { peersOf } from "../../provider/proof/peers.ts";
import { prove, withDefault, withoutDevice } from "../../provider/proof/prove.ts";
import { obligationsOf } from "../../provider/site/obligations.ts";
import type { Machine } from "../../provider/walk/machine.ts";
import { configOf, siteArbitrary } from "../campaigns/differential/arbitrary-site.ts";
import type { Config } from "../campaigns/differential/router.ts";
import { testingAll } from "../variants.ts";
import { machineText } from "./machine-text.ts";

/** Every connection in every situation, one after the other. */
function oneByOne(machine: Machine, obligations: Obligations): Pick<Proved, "claim" | "answer">[] {
  const { links } = obligations;
  const peers = peersOf(obligations, machine);
  const flows = flowsOf(obligations, machine, peers);
  const told = (flow: Flow, at: Case, on: Machine, later: readonly Machine[] = []) => ({
    claim: claimOf(flow, at),
    answer: follow(on, flow.connection, later).answer,
  });
  const each = links.flatMap((main) => {
    const on = withDefault(machine, main);
    const later = links.filter((link) => link !== main).map((link) => withDefault(machine, link));
    const up = { when: `default by ${main.name}`, about: `default by ${main.device}` };
    return [
      ...flows.map((flow) => told(flow, up, on, later)),
      ...links.flatMap(({ name, device }) => {
        const at = { when: `${up.when}, ${name} is down`, about: `${up.about} without ${device}`, down: name };
        return flows
          .filter(({ kind, link, aside }) => !aside && (link === undefined ? kind === "hairpin" : link !== name))
          .map((flow) => told(flow, at, withoutDevice(on, device)));
      }),
    ];
  });
  const asIs = { when: "default as it is", about: "as it is" };
  return [...each, ...defaultFlows(obligations, machine, peers).map((flow) => told(flow, asIs, machine))];
}

const answers = (proved: readonly Pick<Proved, "claim" | "answer">[]) =>
  proved.map(({ claim, answer }) => ({ claim, answer }));

/** Matches that are not modelled: both of their answers are tried. */
const odd = fc.subarray([
  "-t filter -A FORWARD -m set --match-set known src -j ACCEPT",
  "-t filter -A FORWARD -m set --match-set bad src -j DROP",
  "-t mangle -A PREROUTING -m limit --limit 5/sec -j ACCEPT",
  "-t mangle -A PREROUTING -m u32 --u32 0x0 -j MARK --set-xmark 0x2/0xff",
]);

function textOf({ addresses, rules, routes, chains, sysctls }: Config, more: readonly string[]): string {
  const rule = (words: string) =>
    words.replace(/^add (.*?) pref (\d+)$/, "$2: $1").replace(/ type (unreachable|blackhole|prohibit)$/, " $1");
  return [
    ...addresses.map((address) => `inet ${address.replace(" dev ", " scope global ")}`),
    ...rules.map(rule),
    ...routes,
    ...sysctls.map(([key, value]) => `${key} = ${value}`),
    ...chains
      .filter(({ policy }) => policy !== "-")
      .map(({ table, name, policy }) => `-t ${table} -P ${name} ${policy}`),
    ...more,
    ...chains.flatMap(({ table, name, policy, rules }) => [
      ...(policy === "-" ? [`-t ${table} -N ${name}`] : []),
      ...rules.map((text) => `-t ${table} -A ${name} ${text}`),
    ]),
  ].join("\n");
}

function machineOf(text: string): Machine | undefined {
  try {
    return machineText(text);
  } catch {
    return undefined;
  }
}

const RUNS = testingAll ? 200 : 25;

describe("a connection that is walked once where its situations are alike", () => {
  test("random sites, with lines of others on top: every answer, and why, is the one of walking all of them", () => {
    let tried = 0;
    const kinds = new Set<string>();
    fc.assert(
      fc.property(siteArbitrary, fc.oneof(fc.constant([]), odd), (one, more) => {
        const machine = machineOf(textOf(configOf(one), more));
        fc.pre(machine !== undefined);
        const obligations = { ...obligationsOf(one.site), networks: "out" as const };
        const proved = prove(machine!, obligations);
        expect(answers(proved)).toEqual(oneByOne(machine!, obligations));
        for (const { answer } of proved) kinds.add(answer.kind);
        tried++;
      }),
      { numRuns: RUNS },
    );
    expect(tried).toBe(RUNS);
    expect([...kinds].toSorted()).toEqual(["cannot tell", "no", "shut", "yes"]);
  });
});
