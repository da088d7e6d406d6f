import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { graphOf, ids, siteLink } from "../../provider/diagram/site-graph.ts";
import { anySite, prod } from "./sites.ts";

const graph = graphOf(prod, "multiwan / prod");
const box = (id: string) => graph.boxes.find((one) => one.id === id)!;

describe("the site of the write-up", () => {
  test("in numbers", () => expect(graph.subtitle).toBe("2 links, 3 servers, 6 doors"));

  test("a link says what its lines on the router are", () => {
    expect(box(ids.link("wan_two"))).toEqual({
      ...{ id: "link:wan_two", kind: "link", title: "wan_two", link: "wan_two" },
      rows: [
        { label: "device", text: "eth2" },
        { label: "address", text: "216.111.1.10" },
        { label: "mark", text: "0x2" },
        { label: "rules", text: "1025 by mark, 1125 by address" },
        { label: "table", text: "2, default via 66.119.160.1" },
      ],
    });
    expect(box(ids.link("wan_one")).badge).toBe("default");
  });

  test("doors of a server on a link are one box", () => {
    expect(graph.boxes.filter(({ kind }) => kind === "door").map(({ title, rows }) => [title, ...rows])).toEqual([
      ["123.234.1.11", { label: "tcp", text: "1494" }, { label: "to", text: "server1" }],
      ["123.234.1.12", { label: "tcp", text: "25, 80" }, { label: "to", text: "server2" }],
      ["123.234.1.13", { label: "tcp", text: "80" }, { label: "to", text: "server3" }],
      ["216.111.1.11", { label: "tcp", text: "1494" }, { label: "to", text: "server1" }],
      ["216.111.1.12", { label: "tcp", text: "25" }, { label: "to", text: "server2" }],
    ]);
  });

  test("hosts leave by the default", () => {
    expect(graph.lines.filter(({ kind }) => kind === "out")).toEqual([
      { from: ids.out("wan_one"), to: ids.clients(0), link: "wan_one", kind: "out" },
    ]);
  });

  test("a switched server leaves by its link: by its door there, else by the way out", () => {
    const servers = {
      server1: { address: "172.16.1.131", via: "wan_two" },
      server2: { address: "172.16.1.130" },
      server3: { address: "172.16.1.140", via: "wan_two" },
    };
    const switched = graphOf({ ...prod, servers }, "x");
    expect(switched.boxes.find(({ id }) => id === ids.server("server1"))!.rows[1]).toEqual({
      ...{ label: "leaves by", text: "wan_two", link: "wan_two" },
    });
    expect(switched.lines.filter(({ kind, link }) => kind === "out" && link === "wan_two")).toEqual([
      { from: ids.out("wan_two"), to: ids.server("server3"), link: "wan_two", kind: "out" },
    ]);
  });

  test("an external address is known by its link", () => {
    expect(["123.234.1.10", "216.111.1.12", "8.8.8.8"].map((one) => siteLink(prod, one))).toEqual([
      "wan_one",
      "wan_two",
      undefined,
    ]);
  });
});

test("of any site each link, server and address that is published stands in it once, and lines join boxes", () => {
  fc.assert(
    fc.property(anySite, (site) => {
      const { boxes, lines } = graphOf(site, "any");
      const titles = (kind: string) => boxes.filter((one) => one.kind === kind).map(({ title }) => title);
      expect(new Set(boxes.map(({ id }) => id)).size).toBe(boxes.length);
      expect(titles("link").sort()).toEqual(Object.keys(site.links).sort());
      expect(titles("isp")).toHaveLength(titles("link").length);
      expect(titles("server").sort()).toEqual(Object.keys(site.servers).sort());
      const doors = boxes.filter(({ kind }) => kind === "door");
      const published = doors.flatMap(({ title, rows }) => [
        title,
        ...rows.flatMap(({ label, text }) => (label === undefined ? [text] : [])),
      ]);
      expect(published.sort()).toEqual([...new Set(site.publish.map(({ address }) => address))].sort());
      expect(lines.filter(({ kind }) => kind === "door")).toHaveLength(doors.length);
      const known = new Set(boxes.map(({ id }) => id));
      expect(lines.filter(({ from, to }) => !known.has(from) || !known.has(to))).toEqual([]);
    }),
  );
});
