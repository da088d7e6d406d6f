import { expect, test } from "@jest/globals";
import { parseFragment } from "../../provider/dialects/fragment.ts";
import { connmarkChain } from "../../provider/kinds/connmark-chain.ts";
import type { RuleLine } from "../../provider/model/line.ts";
import { judge } from "../../provider/plan/judge.ts";
import { liveOf } from "../../provider/plan/live.ts";
import { routerOf } from "../kinds/routers.ts";

const rules = parseFragment("4001: from all fwmark 0x1000000/0xf000000 lookup 101") as RuleLine[];
const args = { chain: "mw-site-mark", links: [{ device: "eth1", mark: 0x1000000 }] };

function warnings(claims: [string, RuleLine[]][]): readonly string[] {
  const snapshot = routerOf({ rules });
  return judge(
    {
      kind: connmarkChain,
      owner: "p/s/ConnmarkChain/marks",
      args: connmarkChain.schema.parse(args),
      adopt: [],
      applied: false,
    },
    { snapshot, manifest: new Map() },
    liveOf(snapshot),
    new Map(claims),
  ).warnings;
}

test("a rule that the stack declares is none of others, where it is about to be adopted or the manifest is gone", () => {
  expect(warnings([["p/s/FwmarkRule/rule", rules]])).toEqual([]);
  expect(warnings([])).toEqual([expect.stringContaining("misses packets that carry a mark of a link")]);
});
