/** Ten changes and more, previewed by the real CLI on routers of the lab, and the comments on them. `npm run reviews` records them anew. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { commentOf, drawnOf, toldApart } from "../../provider/cli/review/comment.ts";
import { parseXml } from "../diagram/xml.ts";
import { COMMENTS, commentFor, PICTURE, PICTURED, parsed, RECORDED, recordedText } from "./comments.ts";
import { drawn as pictureOf } from "./draw.ts";
import { stripped } from "./strip.ts";

describe("the comment, byte for byte", () => {
  test.each(Object.entries(COMMENTS))("%s", (name, previews) => {
    expect(commentFor(previews)).toBe(readFileSync(new URL(`${name}.md`, RECORDED), "utf8"));
  });

  test("of an unchanged site is one line", () => {
    const text = commentFor(["nothing"]);
    expect(text.split("\n").filter((line) => line !== "")).toEqual([
      "<!-- multiwan review: default -->",
      "## Review of the network change",
      "- **`headquarters`**: nothing changes",
    ]);
  });
});

describe("the summary line", () => {
  const summaryOf = (name: string) => {
    const line = commentFor([name])
      .split("\n")
      .find((one) => one.startsWith("- **"))!;
    return line.replaceAll(/[`*]/g, "").replace(/^- \w+: /, "");
  };
  test.each([
    ["first-up", /^2 links added, 6 services added, default by wan_one; proof: \d+ hold before, \d+ after$/],
    ["service", /^1 service added; proof: \d+ hold before, \d+ after$/],
    ["switch", /^default moves from wan_one to wan_two; proof: (\d+) hold before, \1 after$/],
    ["third-link", /^1 link added, 1 service added; proof: /],
    ["renumbered-mark", /^1 link changed; proof: (\d+) hold before, \1 after$/],
    ["drift", /^drift of 1 resource is mended; proof: /],
    ["refused", /^cannot be applied: multiwan:site\.links\.wan_one\.gateway: gateway 10\.9\.9\.9 is not on-link/],
    ["refused-by-proof", /^cannot be applied: .*a connection would not get its reply/],
    ["destroy", /^everything goes, 2 links removed, 6 services removed; no proof yet$/],
    ["branch", /^1 service removed, server1 leaves by wan_two; proof: /],
  ])("%s", (name, words) => {
    expect(summaryOf(name)).toMatch(words);
  });
});

describe("what the comment says of", () => {
  const of = (name: string) => commentFor([name]);
  test("a switch: whom it moves, what others see, and what becomes of open connections", () => {
    const text = of("switch");
    expect(text).toContain(
      "`172.16.1.0/24`: new connections leave by `wan_two`; open ones stay on the link that they began on",
    );
    expect(text).toContain("Others see `216.111.1.10` instead of `123.234.1.10`");
    expect(text).toContain(
      "```diff\n@@ DefaultRoute site-default @@\n- default via 149.99.251.145 dev eth1\n+ default via 66.119.160.1 dev eth2\n```",
    );
  });

  test("a mark that is renumbered: the link's services, and its open connections", () => {
    expect(of("renumbered-mark")).toContain("mark: `0x2` becomes `0x8`");
    expect(of("renumbered-mark")).toContain("- _Open connections_: those by `wan_two` may end");
    expect(of("renumbered-mark")).toContain("`tcp 216.111.1.11:1494`, `tcp 216.111.1.12:25`: they stay reachable");
  });

  test("drift: the line, and what it has cost", () => {
    expect(of("drift")).toContain("FwmarkRule site-wan_two-rule\n  missing: 1025: from all fwmark 0x2 lookup wan_two");
    expect(of("drift")).toContain("this change mends connections that now are lost: tcp 216.111.1.11:1494");
  });

  test("a change that the proof refuses: the packet, and the line that it meets", () => {
    expect(of("refused-by-proof")).toMatch(
      /answer again: tcp 172\.16\.1\.140:443 -> \S+, in on eth0[\s\S]*ip rule: 700: from all iif eth0 lookup main/,
    );
  });

  test("connections that are lost already, by the line that is to blame", () => {
    expect(of("lost-already")).toContain("_Lost already_");
    expect(of("lost-already")).toContain('because of "700: from all iif eth0 lookup main"');
  });

  test("two routers of one stack: a default that moves on each", () => {
    expect(of("two-routers")).toContain(
      "**`office`, `north` on `192.0.2.1`**: default moves from `wan_one` to `wan_two`; ",
    );
    expect(of("two-routers")).toMatch(
      /\*\*`office`, `south` on `192\.0\.2\.2`\*\*: 1 service removed, default moves from `wan_two` to `wan_one`; /,
    );
    expect(of("two-routers").split("```mermaid")).toHaveLength(3);
  });

  test("a first change and a destroy", () => {
    expect(of("first-up")).toContain("_First change_");
    expect(of("destroy")).toContain("_Everything goes_");
  });
});

test("the picture in docs is that of a recorded comment; `npm run reviews -- --comments` draws it", () => {
  const picture = readFileSync(PICTURE, "utf8");
  expect(picture).toBe(pictureOf(commentFor(COMMENTS[PICTURED]!)));
  expect(() => parseXml(picture)).not.toThrow();
});

test("what is recorded names no machine, no key and no time", () => {
  for (const file of readdirSync(RECORDED)) {
    const text = readFileSync(new URL(file, RECORDED), "utf8");
    expect(text).not.toMatch(
      /\/(?:work|root|home|tmp)\/|SHA256:(?!recorded)|\b20\d\d-\d\d-\d\dT|BEGIN [A-Z ]*KEY|encryptionsalt/,
    );
    if (file.endsWith(".json")) expect(stripped(text)).toBe(text);
  }
});

test("each preview, in whatever order Pulumi came to its resources, is one and the same comment", () => {
  for (const [name, previews] of Object.entries(COMMENTS)) {
    const expected = readFileSync(new URL(`${name}.md`, RECORDED), "utf8");
    const orders = fc.tuple(...previews.map((one) => shuffled(recordedText(one))));
    fc.assert(
      fc.property(orders, (texts) => {
        const sites = texts.flatMap((text) => drawnOf(parsed(text), "file"));
        expect(commentOf(toldApart(sites), "default")).toBe(expected);
      }),
      { numRuns: 10 },
    );
  }
});

interface Raw {
  readonly steps?: readonly unknown[];
  readonly diagnostics?: readonly unknown[];
}

function shuffled(text: string): fc.Arbitrary<string> {
  const value = JSON.parse(text) as Raw;
  const of = (list: readonly unknown[] = []) => fc.shuffledSubarray([...list], { minLength: list.length });
  return fc
    .tuple(of(value.steps), of(value.diagnostics))
    .map(([steps, diagnostics]) => JSON.stringify({ ...value, steps, diagnostics }));
}
