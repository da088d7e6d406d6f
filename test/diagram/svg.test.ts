import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { graphOf } from "../../provider/diagram/site-graph.ts";
import { withWay } from "../../provider/diagram/steps.ts";
import { svgOf } from "../../provider/diagram/svg.ts";
import type { Site } from "../../provider/site/schema.ts";
import { anySite, prod, siteOf } from "./sites.ts";
import { asymmetric, drawn, walked } from "./ways.ts";
import { all, parseXml, textOf } from "./xml.ts";

const HOSTILE = `<script>alert("&'1")</script>]]>\u0000\u001b[31m\ud800 & é`;

test("the picture in docs is the one of Pulumi.prod.yaml; `multiwan diagram -s prod -o docs/site.svg` draws it", () => {
  const file = new URL("../../docs/site.svg", import.meta.url);
  expect(svgOf(graphOf(prod, "multiwan / prod"))).toBe(readFileSync(file, "utf8"));
});

test("the same site is the same bytes, whatever was drawn before", () => {
  const first = svgOf(graphOf(prod, "x"));
  svgOf(graphOf(siteOf({ links: 8, servers: 9, doors: 40 }), "y"));
  expect(svgOf(graphOf(structuredClone(prod), "x"))).toBe(first);
  const way = walked("198.51.100.20", "216.111.1.11", 1494, "eth2");
  expect(svgOf(drawn(way))).toBe(svgOf(drawn(way)));
});

describe("it can be read by who cannot see it, and by a dark viewer", () => {
  const root = parseXml(svgOf(drawn(asymmetric)));
  test("title and description", () => {
    expect(root.attributes).toMatchObject({ role: "img", "aria-labelledby": "multiwan-title multiwan-desc" });
    expect(textOf(all(root, "title")[0]!)).toBe("multiwan / prod: tcp 198.51.100.20 -> 123.234.1.12:25");
    const text = textOf(all(root, "desc")[0]!);
    expect(text).toContain("Door on wan_one: 123.234.1.12, tcp 25, 80, to server2 leads to server2, 172.16.1.130.");
    expect(text).toContain("The reply is dropped: 172.16.1.130 sends it; in by eth0; no mark;");
  });
  test("a background of its own, under everything", () => {
    const { width, height } = root.attributes;
    expect(all(root, "rect")[0]!.attributes).toMatchObject({ width, height, fill: "#fbfcfe" });
  });
});

test("nothing in it is loaded or run", () => {
  const root = parseXml(svgOf(drawn(asymmetric)));
  const names = new Set<string>();
  const walk = (element: typeof root): void => {
    names.add(element.name);
    for (const child of element.children) if (typeof child !== "string") walk(child);
  };
  walk(root);
  expect([...names].sort()).toEqual(["circle", "desc", "g", "path", "rect", "svg", "text", "title"]);
});

test("every text is escaped, and XML's forbidden characters are replaced", () => {
  const link = prod.links.wan_one!;
  const site: Site = {
    ...prod,
    default: HOSTILE,
    links: { [HOSTILE]: { ...link, device: HOSTILE, gateway: HOSTILE, address: HOSTILE } },
    servers: { [HOSTILE]: { address: "172.16.1.9", via: HOSTILE } },
    publish: [{ ...prod.publish[0]!, link: HOSTILE, address: HOSTILE, server: HOSTILE }],
  };
  const notes = [HOSTILE];
  const leg = { name: "request", from: HOSTILE, to: HOSTILE, inDevice: HOSTILE, notes, verdict: "unknown" } as const;
  const svg = svgOf(withWay(graphOf(site, HOSTILE), site, { title: HOSTILE, legs: [leg] }));
  expect(svg).not.toContain("<script");
  const texts = all(parseXml(svg), "text").map(textOf).join("");
  expect(texts.replaceAll(" ", "")).toContain(`<script>alert("&'1")</script>]]>\ufffd\ufffd[31m\ufffd&é`);
});

test("of any site it is well-formed, and all its text stands inside the picture", () => {
  fc.assert(
    fc.property(anySite, (site) => {
      const root = parseXml(svgOf(graphOf(site, "any")));
      const [width, height] = [Number(root.attributes.width), Number(root.attributes.height)];
      for (const { attributes } of all(root, "text")) {
        expect(Number(attributes.x)).toBeGreaterThan(0);
        expect(Number(attributes.x)).toBeLessThan(width);
        expect(Number(attributes.y)).toBeGreaterThan(0);
        expect(Number(attributes.y)).toBeLessThan(height);
      }
    }),
    { numRuns: 20 },
  );
});

describe("a way", () => {
  const svg = svgOf(drawn(asymmetric));
  const root = parseXml(svg);
  test("has a line and a number for every step, and words for each below", () => {
    const strong = all(root, "path").filter(({ attributes }) => attributes["stroke-width"] === "3");
    expect(strong.map(({ attributes }) => attributes.stroke)).toEqual([
      ...Array<string>(4).fill("#d6155f"),
      ...Array<string>(3).fill("#111418"),
    ]);
    const texts = all(root, "text").map(textOf);
    for (const number of ["1", "2", "3", "4", "5", "6", "7"])
      expect(texts.filter((text) => text === number)).toHaveLength(2);
    expect(texts).toContain("Reply: is dropped");
    expect(texts).toContain("the ISP of wan_two drops the source");
  });
  test("ends in a sign where the packet is lost", () => expect(all(root, "text").map(textOf)).toContain("×"));
  test("lets what it does not come by step back", () => {
    const dim = all(root, "g").filter(({ attributes }) => attributes.opacity === "0.4");
    expect(dim.map(({ attributes }) => attributes.id)).not.toContain("door:wan_one:server2");
    expect(dim.map(({ attributes }) => attributes.id)).toContain("door:wan_one:server1");
  });
});
