/** Which tables and base chains of iptables-nft go with the last managed line, and by which commands. */

import { expect, test } from "@jest/globals";
import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import { chainsOfIptables, nativeTables } from "../../provider/dialects/nftables/nft-list.ts";
import type { HookLine, Line } from "../../provider/model/line.ts";
import type { Snapshot } from "../../provider/model/snapshot.ts";
import { madeAfter, tidySteps } from "../../provider/plan/base-chains.ts";
import { formatManifest, parseHead } from "../../provider/plan/manifest.ts";
import type { Owned } from "../../provider/plan/settlement.ts";
import { tableChanges } from "../../provider/plan/table-change.ts";
import { routerWith } from "./tables-model.ts";

const LIST =
  "table ip mangle {\n\tchain PREROUTING {\n\t\ttype filter hook prerouting priority mangle; policy accept;\n\t}\n}\n";
const owned = (line: Line): Owned => ({ owner: "p/s/ConnmarkChain/wan", line });
const hook = (name = "mw-a-mark"): HookLine => ({
  kind: "hook",
  table: "mangle",
  chain: "PREROUTING",
  rule: parseRule(`-j ${name}`),
});
const save = (...rules: string[]) => ["*mangle", ":PREROUTING ACCEPT [0:0]", ...rules, "COMMIT\n"].join("\n");
const HOOKED = save(":mw-a-mark - [0:0]", "-A PREROUTING -j mw-a-mark");

interface Known {
  readonly made?: string;
  /** Output of `nft list chains`. */
  readonly nft?: string;
  readonly version?: string;
  readonly variant?: "nft" | "legacy";
}
function router(text: string, { made, nft, version = "1.8.8", variant = "nft" }: Known = {}): Snapshot {
  const plain = routerWith(text, variant, version);
  return {
    ...plain,
    manifest: formatManifest(new Map(), { ...(made !== undefined && { made }) }),
    capabilities: { ...plain.capabilities, ...(nft !== undefined && { nftTables: nativeTables(nft) }) },
    ...(nft !== undefined && { nftChains: chainsOfIptables(nft) }),
  };
}
const first = (snapshot: Snapshot) => {
  const changes = tableChanges(snapshot, [owned(hook())], []);
  return {
    ...madeAfter(changes, snapshot),
    undo: tidySteps(changes, snapshot)
      .map(({ undo }) => undo)
      .join(),
  };
};
const last = (snapshot: Snapshot, ...more: Owned[]) => {
  const chain = owned({ kind: "chain", table: "mangle", chain: "mw-a-mark", rules: [] });
  const changes = tableChanges(snapshot, more, [owned(hook()), chain]);
  return {
    ...madeAfter(changes, snapshot),
    run: tidySteps(changes, snapshot)
      .map(({ run }) => run)
      .join(),
  };
};

test("what the first managed line makes is remembered, as far as it was not there", () => {
  expect(first(router("", { nft: "" })).made).toBe("mangle mangle/PREROUTING");
  expect(first(router(save(), { nft: "table ip mangle {\n}\n" })).made).toBe("mangle/PREROUTING");
  expect(first(router(save(), { nft: LIST })).made).toBeUndefined();
  // Without nft nobody tells which base chains a table has.
  expect(first(router("")).made).toBe("mangle mangle/PREROUTING");
  expect(first(router(save())).made).toBeUndefined();
  expect(first(router("", { variant: "legacy" }))).toEqual({ undo: "" });
});

test("the way back of the first change deletes what it made: a chain by iptables, a table by nft where it is there", () => {
  expect(first(router(save(), { nft: "table ip mangle {\n}\n" })).undo).toBe(
    `busy=
iptables-nft -t mangle -X PREROUTING 2>/dev/null || ! iptables-nft-save -t mangle | grep -q '^-A PREROUTING -j mw-' || busy=1
[ -z "$busy" ]`,
  );
  expect(first(router("")).undo).not.toContain("nft list");
  const { undo } = first(router("", { nft: "" }));
  expect(undo).toContain("-X PREROUTING");
  // Another base chain that has come meanwhile makes it fail.
  expect(undo).toMatch(/create chain ip mangle FORWARD; .*delete table ip mangle/);
  expect(first(router("", { nft: "", version: "1.8.7" })).undo).toBe("");
});

test("the last managed line takes it along, and the memory ends", () => {
  const made = "mangle mangle/PREROUTING nat/OUTPUT";
  const gone = last(router(HOOKED, { nft: LIST, made }));
  expect(gone.run).toMatch(/-X PREROUTING[\s\S]*delete table ip mangle/);
  expect(gone.made).toBe("nat/OUTPUT");
});

test.each<readonly [string, Snapshot]>([
  ["nobody knows who made it", router(HOOKED, { nft: LIST })],
  [
    "it has a rule of others",
    router(HOOKED.replace("COMMIT", "-A PREROUTING -i eth0 -j ACCEPT\nCOMMIT"), {
      made: "mangle/PREROUTING",
      nft: LIST,
    }),
  ],
  [
    "it has another policy",
    router(HOOKED.replace("PREROUTING ACCEPT", "PREROUTING DROP"), { made: "mangle/PREROUTING", nft: LIST }),
  ],
  ["the jump is not there any more", router(save(":mw-a-mark - [0:0]"), { made: "mangle/PREROUTING", nft: LIST })],
  ["iptables is too old", router(HOOKED, { made: "mangle/PREROUTING", nft: LIST, version: "1.8.7" })],
])("a chain stays where %s", (_, snapshot) => {
  expect(last(snapshot)).toEqual({ run: "" });
});

test("what another stack still uses stays remembered", () => {
  const made = "mangle mangle/PREROUTING";
  const snapshot = router(HOOKED.replace("COMMIT", "-A PREROUTING -j mw-b-mark\nCOMMIT"), { nft: LIST, made });
  expect(last(snapshot)).toEqual({ made, run: "" });
  expect(last(router(HOOKED, { nft: LIST, made }), owned(hook("mw-c-mark")))).toEqual({ made, run: "" });
});

test("the manifest says it in its head", () => {
  const head = { router: "machine 3f5ab1c20d4e", made: "mangle mangle/PREROUTING" };
  expect(parseHead(formatManifest(new Map(), head))).toEqual(head);
});
