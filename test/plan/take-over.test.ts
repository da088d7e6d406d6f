import { describe, expect, test } from "@jest/globals";
import type { Line } from "../../provider/model/line.ts";
import type { Manifest } from "../../provider/plan/manifest.ts";
import { settle } from "../../provider/plan/settle.ts";
import { takeOver } from "../../provider/plan/take-over.ts";
import { liveFrom } from "./model.ts";

const rule = (priority: number): Line => ({ kind: "rule", priority, from: "all", mark: priority, table: 1 });
const setting = (value: string): Line => ({ kind: "sysctl", key: "net.ipv4.conf.eth1.rp_filter", value });
const entry = (lines: Line[], found: Line[] = []) => ({ lines, found });
const nobody = () => false;
const plain = (manifest: Manifest) => Object.fromEntries(manifest);

describe("takeOver", () => {
  const manifest: Manifest = new Map([
    ["p/old/A/a", entry([rule(1), setting("2")], [setting("1"), rule(9)])],
    ["p/old/B/b", entry([rule(2)])],
  ]);

  test("a former owner's entry passes whole, with what was found, adopted lines included", () => {
    expect(
      plain(takeOver(manifest, [{ owner: "p/new/A/a", desired: [rule(1)], former: "p/old/A/a" }], nobody)),
    ).toEqual({ "p/new/A/a": manifest.get("p/old/A/a"), "p/old/B/b": manifest.get("p/old/B/b") });
  });

  test("two that swap their names swap their lines, in one transaction or in two", () => {
    const a = { owner: "p/old/A/a", desired: [rule(2)], former: "p/old/B/b" };
    const b = { owner: "p/old/B/b", desired: [rule(1), setting("2")], former: "p/old/A/a" };
    const live = liveFrom([rule(1), rule(2), setting("2")]);
    const claims = new Map([a, b].map(({ owner, desired }) => [owner, desired]));
    const together = settle(manifest, live, [a, b], claims);
    const first = settle(manifest, live, [a], claims);
    const second = settle(first.manifest, live, [b], claims);
    for (const { put, drop } of [together, first, second]) expect([put, drop]).toEqual([[], []]);
    for (const { manifest } of [together, second]) {
      expect(manifest.get("p/old/A/a")!.lines).toEqual([rule(2)]);
      expect(manifest.get("p/old/B/b")!.lines).toEqual([rule(1), setting("2")]);
      expect([...manifest.values()].flatMap(({ found }) => found)).toContainEqual(setting("1"));
    }
  });

  test("from another stack: by name the whole entry, and by place what others there hold", () => {
    const taken = takeOver(
      manifest,
      [{ owner: "p/new/A/a", desired: [rule(1), rule(2)], takeOverFrom: "p/old" }],
      nobody,
    );
    expect([...taken.keys()]).toEqual(["p/new/A/a"]);
    expect(taken.get("p/new/A/a")).toEqual({ lines: [rule(1), setting("2"), rule(2)], found: [setting("1"), rule(9)] });
  });

  test("what the new stack does not want stays where it was, with its memory", () => {
    const taken = takeOver(manifest, [{ owner: "p/new/C/c", desired: [rule(1)], takeOverFrom: "p/old" }], nobody);
    expect(taken.get("p/old/A/a")).toEqual({ lines: [setting("2")], found: [setting("1"), rule(9)] });
    expect(taken.get("p/new/C/c")).toEqual({ lines: [rule(1)], found: [] });
  });
});

test("the old stack's destroy touches nothing of what another stack has taken over, not even what was adopted away", () => {
  const recorded = entry([rule(1), setting("2")], [setting("1"), rule(9)]);
  const manifest: Manifest = new Map([["p/new/A/a", recorded]]);
  const live = liveFrom([rule(1), setting("2")]);
  const { put, drop } = settle(manifest, live, [{ owner: "p/old/A/a", desired: undefined, recorded }], new Map());
  expect([put, drop]).toEqual([[], []]);
});
