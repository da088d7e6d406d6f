import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { cardOf } from "../../provider/diagram/cards.ts";
import { pointOn, wiringOf } from "../../provider/diagram/curves.ts";
import type { Graph } from "../../provider/diagram/graph.ts";
import { type Layout, layoutOf, type Rect } from "../../provider/diagram/layout.ts";
import { graphOf } from "../../provider/diagram/site-graph.ts";
import { stacked } from "../../provider/diagram/stack.ts";
import { widthOf, wrapped } from "../../provider/diagram/text.ts";
import { anySite, prod, siteOf } from "./sites.ts";

const apart = (a: Rect, b: Rect) =>
  a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
const within = (a: Rect, b: Rect) =>
  a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;

/** What is wrong with it, in words. */
function faults(graph: Graph, layout: Layout): string[] {
  const boxes = [...layout.boxes.values()];
  const page = { x: 0, y: 0, width: layout.width, height: layout.height };
  const frames = [layout.router, ...layout.lans.values()];
  const wiring = wiringOf(graph, layout);
  return [
    ...boxes.flatMap((a, i) =>
      boxes.slice(i + 1).flatMap((b) => (apart(a, b) ? [] : [`${a.box.id} overlaps ${b.box.id}`])),
    ),
    ...boxes.flatMap((one) => (within(one, page) ? [] : [`${one.box.id} is outside`])),
    ...frames.flatMap((a, i) => frames.slice(i + 1).flatMap((b) => (apart(a, b) ? [] : ["frames overlap"]))),
    ...boxes.flatMap((one) => {
      const { kind, lan } = one.box;
      const frame = lan !== undefined ? layout.lans.get(lan)! : layout.router;
      const inner = lan !== undefined || kind === "link" || kind === "door" || kind === "out" || kind === "lan";
      return inner === within(one, frame) ? [] : [`${one.box.id} is on the wrong side of a frame`];
    }),
    ...boxes.flatMap(({ box, card, width, height }) =>
      card.texts.flatMap((text) => {
        const bold = text.link !== undefined || (text.as === "title" && box.kind !== "out");
        const right = text.x + widthOf(text.text, text.size, bold);
        const badge = card.badge && text.as === "title" ? card.badge.x : width;
        const fits = right <= badge - 6 && text.y <= height - 6 && text.y - text.size >= -2;
        return fits ? [] : [`"${text.text}" does not fit into ${box.id}`];
      }),
    ),
    ...graph.lines.flatMap((line) => {
      const curve = wiring.between(line.from, line.to, layout.boxes.get(line.to)!.box.lan);
      return Array.from({ length: 21 }, (_, i) => pointOn(curve, i / 20)).flatMap(({ x, y }) =>
        boxes.flatMap((one) =>
          one.box.kind !== "lan" && x > one.x + 1 && x < one.x + one.width - 1 && y > one.y && y < one.y + one.height
            ? [`the line from ${line.from} to ${line.to} runs over ${one.box.id}`]
            : [],
        ),
      );
    }),
  ];
}

describe("boxes, frames, texts and lines keep out of each other's way", () => {
  test.each([
    ["the write-up", prod],
    ["two links and nothing else", siteOf({ links: 2, servers: 0, doors: 0 })],
    ["three links", siteOf({ links: 3, servers: 4, doors: 9 })],
    ["eight links, forty doors, three LANs", siteOf({ links: 8, servers: 12, doors: 40, lans: 3 })],
  ])("%s", (_, site) => {
    const graph = graphOf(site, "a site");
    expect(faults(graph, layoutOf(graph))).toEqual([]);
  });

  test("any site", () => {
    fc.assert(
      fc.property(anySite, (site) => {
        const graph = graphOf(site, "any");
        expect(faults(graph, layoutOf(graph))).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});

test("links stand in the order of their numbers", () => {
  const graph = graphOf(siteOf({ links: 8, servers: 9, doors: 40 }), "x");
  const { boxes } = layoutOf(graph);
  const heights = graph.links.map((name) => boxes.get(`link:${name}`)!.y);
  expect(heights).toEqual(heights.toSorted((a, b) => a - b));
});

describe("a column", () => {
  const item = (id: string, wish: number | undefined, height = 10) => ({ id, height, space: 2, wish });
  test("gives everyone his place where there is room", () => {
    expect([...stacked([item("a", 5), item("b", 50)])]).toEqual([
      ["a", { y: 0, height: 10 }],
      ["b", { y: 45, height: 10 }],
    ]);
  });
  test("shares it where there is not", () => {
    expect([...stacked([item("a", 50), item("b", 50), item("c", 50)])].map(([, { y }]) => y)).toEqual([33, 45, 57]);
  });
  test("stands close together without wishes", () => {
    expect([...stacked([item("a", undefined), item("b", undefined)])].map(([, { y }]) => y)).toEqual([0, 12]);
  });
});

describe("a text", () => {
  test("is wrapped at blanks, and cut where there are none", () => {
    expect(wrapped("tcp 25, 80, 443", 12, 60)).toEqual(["tcp 25,", "80, 443"]);
    const lines = wrapped(`mark ${"x".repeat(40)}`, 12, 100);
    expect(lines.join("").replace(" ", "")).toBe(`mark${"x".repeat(40)}`);
    for (const line of lines) expect(widthOf(line, 12)).toBeLessThanOrEqual(100);
  });
  test("of nothing is one empty line", () => expect(wrapped("", 12, 50)).toEqual([""]));
  test("that fits nowhere still ends", () => expect(wrapped("W", 12, 1)).toEqual(["W"]));
  test("makes its box wide enough", () => {
    const card = cardOf({ id: "x", kind: "server", title: "server1", rows: [{ text: "172.16.100.131" }] });
    expect(card.width).toBeGreaterThan(widthOf("172.16.100.131", 12) + 20);
  });
});
