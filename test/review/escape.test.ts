/** Names, lines and sentences of others cannot become markup, mentions or HTML of a comment, whatever they are. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { commentOf, drawnOf, marker } from "../../provider/cli/review/comment.ts";
import { code, fenced } from "../../provider/cli/review/escape.ts";
import type { Preview, Step } from "../../provider/cli/review/preview.ts";
import { KINDS, type KindName } from "../../provider/kinds/index.ts";
import { recorded } from "./comments.ts";
import { outsideCode } from "./unfenced.ts";

const hostile = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }),
  fc.constantFrom(
    ...["@admin", "`", "``", "```", "a`b``c", "` `", "<img src=x onerror=alert(1)>", "</details>", "<!-- x -->", "-->"],
    ...[
      "| a | b |",
      "[x](http://evil)",
      "![x](http://evil)",
      "#1",
      "!1",
      "/close",
      "**b**",
      "\\`",
      "a\nb",
      "\u202e",
      "~~~",
    ],
    ...["```\n@admin\n```", "\u001b[2J", "%%{init: {}}%%", "&lt;b&gt;", "\t", "$x$"],
  ),
  fc
    .array(fc.constantFrom("`", "@", "a", " ", "\n", "|", "<", "\\"), { minLength: 1, maxLength: 12 })
    .map((all) => all.join("")),
);

describe("code", () => {
  test("of any text is one code span, and nothing else", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(outsideCode(`x ${code(text)} y`)).toBe("x · y");
        expect(code(text)).not.toMatch(/[\n\u202e\u001b]/);
      }),
    );
  });

  test("two of them beside each other are two", () => {
    fc.assert(
      fc.property(hostile, hostile, (a, b) => {
        expect(outsideCode(`${code(a)}, ${code(b)}`)).toBe("·, ·");
      }),
    );
  });
});

test("a fence of any lines ends where it ends", () => {
  fc.assert(
    fc.property(fc.array(hostile), (lines) => {
      expect(outsideCode(`before\n${fenced(lines, "diff")}\nafter`)).toBe("before\n\nafter");
    }),
  );
});

const props = (word: fc.Arbitrary<string>) =>
  fc.record(
    {
      link: word,
      name: word,
      tableName: word,
      device: word,
      gateway: word,
      source: word,
      config: word,
      addresses: fc.array(word, { maxLength: 3 }),
      replaces: fc.array(word, { maxLength: 2 }),
      adopts: fc.array(word, { maxLength: 2 }),
      drift: fc.array(word, { maxLength: 2 }),
      router: fc.oneof(word, fc.constantFrom("192.0.2.1", "192.0.2.2")),
      entries: fc.array(fc.record({ address: word, protocol: word, port: word, server: word }), { maxLength: 3 }),
    },
    { requiredKeys: [] },
  );

const step: fc.Arbitrary<Step> = fc.record(
  {
    op: fc.constantFrom("create", "update", "delete", "replace"),
    kind: fc.constantFrom(...(Object.keys(KINDS) as KindName[])),
    name: hostile,
    before: props(hostile),
    after: props(hostile),
    component: hostile,
  },
  { requiredKeys: ["op", "kind", "name", "before", "after"] },
);

const preview: fc.Arbitrary<Preview> = fc.record({
  project: hostile,
  stack: hostile,
  steps: fc.array(step, { maxLength: 6 }),
  same: fc.nat(3),
  others: fc.array(fc.record({ op: fc.constant("update"), name: hostile }), { maxLength: 2 }),
  said: fc.array(
    fc.record({
      severity: fc.constantFrom("error", "warning", "info"),
      text: fc.oneof(
        hostile,
        hostile.map((text) => `192.0.2.1: this change mends connections that ${text}`),
        hostile.map((text) => `WanLink ${text} has drifted:\n  ${text}`),
      ),
    }),
    { maxLength: 4 },
  ),
  site: fc.constantFrom(undefined, recorded("switch").site),
  router: fc.record({ host: hostile, paths: fc.array(hostile, { maxLength: 2 }) }),
  was: fc.constant({ devices: new Map<string, string>() }),
});

/** All that this program itself may say outside of code. */
const OWN =
  /^(?:<!-- multiwan review: default -->|<\/?details>|<summary>[A-Za-z0-9 :,]*<\/summary>|[\p{L}\p{N} ·#*_:;,.()'-]*)$/u;

test("a comment has nothing of others outside of code", () => {
  fc.assert(
    fc.property(
      fc.array(preview, { minLength: 1, maxLength: 3 }),
      fc.option(fc.integer({ min: 300, max: 3000 })),
      (previews, limit) => {
        const text = commentOf(
          previews.flatMap((one) => drawnOf(one, "file")),
          "default",
          limit ?? undefined,
        );
        expect(text.startsWith(`${marker("default")}\n`)).toBe(true);
        const outside = outsideCode(text);
        for (const line of outside.split("\n")) expect(line).toMatch(OWN);
        expect(outside.split("<details>").length).toBe(outside.split("</details>").length);
        if (limit !== null) expect(text.length).toBeLessThanOrEqual(limit);
      },
    ),
  );
});
