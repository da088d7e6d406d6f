/** nft rules of another program in the tables of iptables: the tool's own words are shown, with the cause and the way out. */
import { expect, test } from "@jest/globals";
import { startLab } from "../lab/index.ts";
import { direct } from "../rows/direct.ts";

// What some versions of iptables-save cannot print, others can: a stand-in says it as 1.8.9 does.
const BROKEN = `#!/bin/sh
echo "# Table \\\`filter' is incompatible, use 'nft' tool."
echo 'iptables-save v1.8.9 (nf_tables): Parsing nftables rule failed' >&2
exit 3
`;

test("iptables-save that fails says why, and what to do is named", async () => {
  await using lab = await startLab({ iptables: "nft" });
  await using stack = await direct(lab);
  const path = (await lab.router.exec("command -v iptables-save")).trim();
  await lab.router.exec(
    `cat >/run/broken; chmod 755 /run/broken; mount --bind /run/broken "$(readlink -f ${path})"`,
    BROKEN,
  );
  const { code, text } = await stack.preview();
  expect(code).not.toBe(0);
  expect(text).toContain("iptables-save failed with exit code 3");
  expect(text).toContain("iptables-save v1.8.9 (nf_tables): Parsing nftables rule failed");
  expect(text).toContain("is incompatible, use 'nft' tool");
  expect(text).toMatch(/nft rules of its own into a table of iptables.*nft list ruleset/);
});
