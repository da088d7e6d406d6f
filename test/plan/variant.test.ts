import { describe, expect, test } from "@jest/globals";
import { saySplit } from "../../provider/coexistence/split.ts";
import { chooseVariant } from "../../provider/observe/iptables-variant.ts";
import { managedIn } from "../../provider/plan/variant.ts";

const save = (...rows: string[]) => ({
  text: ["*nat", ":PREROUTING ACCEPT [0:0]", ...rows, "COMMIT", ""].join("\n"),
  exitCode: 0,
});
const OURS = save(":mw-site-dnat - [0:0]", "-A PREROUTING -j mw-site-dnat");
const THEIRS = save("-A PREROUTING -i eth9 -j ACCEPT");
const EMPTY = save();
const list = (word?: string) =>
  `# Lines of this router that belong to Pulumi resources\n${word ? `# iptables: ${word}\n` : ""}owner p/s/ServerMap/site\nline -t nat -N mw-site-dnat\n`;
const HIDDEN = { text: "", exitCode: 1 };

/** Plain iptables is nft. */
const chosen = (
  plain: typeof OURS,
  other: typeof OURS | undefined,
  manifest: string | undefined,
  version = "v1.8.9 (nf_tables)",
) => {
  const said = { command: "iptables", version: `iptables ${version}`, save: plain, other };
  const { variant, command, split } = chooseVariant(said, managedIn({ manifest })).capability;
  return [variant, command, split?.why];
};

describe("the variant of iptables", () => {
  const LEGACY = ["legacy", "iptables-legacy", undefined];
  const NFT = ["nft", "iptables", undefined];
  test.each([
    ["where the lines are, whatever the list says", THEIRS, OURS, list("nft"), LEGACY],
    ["where the lines are, by an older list", THEIRS, OURS, list(), LEGACY],
    ["where the lines are, without a list", THEIRS, OURS, undefined, LEGACY],
    ["plain where the lines are, though the other alone is listed", OURS, THEIRS, list("legacy"), NFT],
    ["as listed, where the lines are gone and others are there", THEIRS, THEIRS, list("legacy"), LEGACY],
    ["plain as listed, where the other alone holds rules", EMPTY, THEIRS, list("nft"), NFT],
    ["plain where the one listed is empty", THEIRS, EMPTY, list("legacy"), NFT],
    ["plain where the one listed has no tables", THEIRS, undefined, list("legacy"), NFT],
    ["both", OURS, OURS, list("nft"), ["nft", "iptables", "both"]],
    ["both, the list names the other", OURS, OURS, list("legacy"), ["legacy", "iptables-legacy", "both"]],
    ["both, an older list", OURS, OURS, list(), ["nft", "iptables", "both"]],
    ["the other, which nothing reads", THEIRS, HIDDEN, list("legacy"), ["nft", "iptables", "unread"]],
    ["plain where nothing reads the other and the list does not name it", THEIRS, HIDDEN, list("nft"), NFT],
  ] as const)("%s", (_, plain, other, manifest, expected) => {
    expect(chosen(plain, other, manifest)).toEqual(expected);
  });

  test("iptables-nft is gone, and the list names it", () => {
    expect(chosen(THEIRS, undefined, list("nft"), "v1.8.9 (legacy)")).toEqual(["legacy", "iptables", "unread"]);
  });

  test("in the middle of a change it stays, whatever has come or gone", () => {
    const said = { command: "iptables", version: "iptables v1.8.9 (nf_tables)", save: THEIRS, other: EMPTY };
    expect(chooseVariant(said, managedIn({ manifest: undefined }), "legacy").capability.command).toBe(
      "iptables-legacy",
    );
  });
});

test("the way out takes away the managed lines of one variant and nothing else", () => {
  const split = { why: "both", chains: ["mw-a.b-mark", "mw-a.b-snat-eth1", "mw-12abd-10.0.0.1"] } as const;
  const { hint } = saySplit(
    { variant: "nft", version: "1.8.9", command: "iptables", wait: true, split },
    "/run/multiwan",
  )!;
  expect(hint).toContain(
    "iptables-legacy-save -c | grep -v -e '[: ]mw-a[.]b-' -e '[: ]mw-12abd-' | iptables-legacy-restore -c",
  );
});
