import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { escapeMermaid, mermaidOf } from "../../provider/diagram/mermaid.ts";
import { graphOf } from "../../provider/diagram/site-graph.ts";
import { anySite } from "./sites.ts";
import { asymmetric, drawn, walked } from "./ways.ts";

test("a site with a way through it", () => {
  // Mermaid's own parser has taken this text: 16 nodes, 24 edges, 2 frames.
  const file = new URL("asymmetric.mmd", import.meta.url);
  expect(mermaidOf(drawn(asymmetric))).toBe(readFileSync(file, "utf8"));
});

test("a LAN's device is a box only where a packet ends at it", () => {
  expect(mermaidOf(drawn(asymmetric))).not.toContain("<b>eth0</b>");
  expect(mermaidOf(drawn(walked("172.16.1.77", "172.16.1.1", 22, "eth0")))).toContain('["<b>eth0</b><br/>172.16.1.1"]');
});

test("no text can end a label, begin a directive or bring markup", () => {
  expect(escapeMermaid('a "b" <i> #35; %%{init}%% `c` \\ &\n\u2028d')).toBe(
    "a #quot;b#quot; #lt;i#gt; #35;35; #37;#37;{init}#37;#37; #96;c#96; #92; #amp; d",
  );
});

test("of any site every line of it is one of a few forms, and every node is declared once", () => {
  const FORMS = [
    /^---$|^title: ".*"$|^flowchart LR$|^ {2}end$/,
    /^ {2}subgraph (router|lan\d+) \["[^"]*"\]$/,
    /^ {2,4}n\d+(\(\["[^"]*"\]\)|\["[^"]*"\]):::(plain|(link|of)\d)$/,
    /^ {2}n\d+ (---|-->|-\.-) n\d+$/,
    /^ {2}classDef (plain|(link|of)\d) [a-z:#0-9,]+$/,
    /^ {2}linkStyle [\d,]+ stroke:#[0-9a-f]{6}$/,
  ];
  fc.assert(
    fc.property(anySite, (site) => {
      const lines = mermaidOf(graphOf(site, "any")).trimEnd().split("\n");
      expect(lines.filter((line) => !FORMS.some((form) => form.test(line)))).toEqual([]);
      const declared = lines.flatMap((line) => /^ +(n\d+)[[(]/.exec(line)?.[1] ?? []);
      expect(new Set(declared).size).toBe(declared.length);
      const used = lines.flatMap((line) => [...(/^ +(n\d+) .* (n\d+)$/.exec(line) ?? [])].slice(1));
      expect(used.filter((name) => !declared.includes(name))).toEqual([]);
    }),
    { numRuns: 40 },
  );
});
