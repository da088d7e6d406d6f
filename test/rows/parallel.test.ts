import { expect, test } from "@jest/globals";
import { drive } from "../drive/index.ts";
import { startLab } from "../lab/index.ts";
import { thorough } from "../variants.ts";
import { direct } from "./direct.ts";
import { succeeded } from "./helpers.ts";

thorough(
  "the router is the same whether one operation runs at a time, two, or 64, and so is the one that was left",
  async () => {
    await using lab = await startLab();
    await using stack = drive(lab);
    const before = await lab.router.dump();
    const dumps: string[] = [];
    for (const parallel of ["64", "2", "1"]) {
      succeeded(await stack.up("--skip-preview", "--parallel", parallel));
      dumps.push(ordered(await lab.router.dump()));
      succeeded(await stack.destroy("--skip-preview", "--parallel", parallel));
      expect(await lab.router.dump()).toBe(before);
    }
    expect(dumps[1]).toBe(dumps[0]);
    expect(dumps[2]).toBe(dumps[0]);
  },
);

test("a preview is one exchange, and a change two more, however many resources it concerns", async () => {
  await using lab = await startLab();
  await using stack = await direct(lab);
  expect((await stack.preview()).exchanges).toBe(1);
  // Links and tables; rules; marks; servers; the default: each waits for those before it.
  const first = await stack.up();
  expect(first.exchanges).toBe(1 + 2 * 5);
  expect((await stack.up()).exchanges).toBe(1);
  stack.site = { ...stack.site, default: "wan_two" };
  expect((await stack.up()).exchanges).toBe(1 + 2);
  stack.site = { ...stack.site, mask: 0xff };
  const all = await stack.up();
  succeeded(all);
  expect(Object.values(all.ops)).toContain("update");
  expect(await lab.router.handshakes()).toBe(1 + 2 * 4);
});

/** The order in which addresses and from-rules of one priority came does not matter: no packet fits two of them. */
function ordered(dump: string): string {
  return (
    dump
      .split(/^(?=## )/m)
      // nft lists chains in the order in which they were made; iptables-save has the same rules in one order.
      .filter((section) => !section.startsWith("## nft"))
      .map((section) => (/^## (addresses|rules)/.test(section) ? section.split("\n").sort().join("\n") : section))
      .join("")
  );
}
