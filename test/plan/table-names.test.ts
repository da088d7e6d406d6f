import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseTableNames } from "../../provider/dialects/iproute2/table-name.ts";
import type { TableNameLine } from "../../provider/model/line.ts";
import { editTableNames, tableNameSteps } from "../../provider/plan/table-names.ts";

const line = (id: number, name: string): TableNameLine => ({ kind: "table-name", id, name });
const one = line(1, "wan_one");
const two = line(2, "wan_two");
const debian =
  "#\n# reserved values\n#\n255\tlocal\n254\tmain\n253\tdefault\n0\tunspec\n#\n# local\n#\n#1\tinr.ruhep\n";

test("own lines go to the end, in the order of their numbers; every other byte stays", () => {
  const both = `${debian}1 wan_one\n2 wan_two\n`;
  expect(editTableNames(debian, [one, two], [], [])).toBe(both);
  expect(editTableNames(debian, [two, one], [], [])).toBe(both);
  expect(editTableNames(editTableNames(debian, [two], [], []), [one], [], [two])).toBe(both);
  expect(editTableNames(`${both}9 by_hand\n`, [line(3, "wan_three")], [], [one, two])).toBe(
    `${both}3 wan_three\n9 by_hand\n`,
  );
});

test.each([
  ["with a final newline", debian],
  ["without a final newline", "255\tlocal\n7 tunnel"],
  ["with nothing but a last line", "7 tunnel"],
  ["with CRLF", "255\tlocal\r\n254\tmain\r\n"],
  ["with CRLF and a last line without", "255\tlocal\r\n7 tunnel\r"],
  ["with blank lines at the end", "255 local\n\n\n"],
  ["with a comment at the end", "255 local\n# end"],
  ["that is empty", ""],
])("a file %s is the same byte for byte when our lines are gone", (_, text) => {
  const with1 = editTableNames(text, [one], [], []);
  const with12 = editTableNames(with1, [two], [], [one]);
  expect(with12.includes("1 wan_one\n2 wan_two\n")).toBe(true);
  expect(editTableNames(editTableNames(with12, [], [one], [one, two]), [], [two], [one, two])).toBe(text);
  expect(editTableNames(editTableNames(with12, [], [two], [one, two]), [], [one], [one, two])).toBe(text);
});

test("any text, any lines of ours in any order: put and dropped again leaves the text, and all names are read back", () => {
  const row = fc.oneof(
    fc.stringMatching(/^[ \t]*[0-9]{1,3}[ \t]+[a-z]{1,8}[ \t\r]*$/),
    fc.stringMatching(/^#[ -~]{0,20}$/),
    fc.constantFrom("", " ", "\t", "word", "\r"),
  );
  const text = fc.tuple(fc.array(row), fc.boolean()).map(([rows, end]) => rows.join("\n") + (end ? "\n" : ""));
  const ours = fc.uniqueArray(fc.integer({ min: 300, max: 320 }), { maxLength: 6 });
  fc.assert(
    fc.property(text, ours, ours, (text, puts, order) => {
      const lines = puts.map((id) => line(id, `wan_${id}`));
      const edited = lines.reduce((now, l, i) => editTableNames(now, [l], [], lines.slice(0, i)), text);
      for (const l of lines) expect(parseTableNames(edited).get(l.id)).toBe(l.name);
      expect(editTableNames(text, lines, [], [])).toBe(edited);
      const drops = lines.toSorted((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
      expect(drops.reduce((now, l) => editTableNames(now, [], [l], lines), edited)).toBe(text);
    }),
    { numRuns: 500 },
  );
});

describe("the step", () => {
  const owner = "p/s/RoutingTable/wan_one";
  const file = (text: string | undefined, path = "/etc/iproute2/rt_tables") => ({
    ...{ path, text, names: parseTableNames(text ?? "") },
  });

  test("writes the file as a whole, and back as it was", () => {
    expect(tableNameSteps(file("7 tunnel\n"), [{ owner, line: one }], [], [])).toEqual([
      {
        phase: 10,
        owners: [owner],
        touches: [one],
        disk: true,
        what: "write /etc/iproute2/rt_tables",
        run: 'edit_file /etc/iproute2/rt_tables "$T/rt_tables.undo" "$T/rt_tables.do"',
        undo: 'unedit_file /etc/iproute2/rt_tables "$T/rt_tables.do" "$T/rt_tables.undo"',
        files: { "rt_tables.do": "7 tunnel\n1 wan_one\n", "rt_tables.undo": "7 tunnel\n" },
      },
    ]);
  });

  test("a file of the distribution elsewhere is left alone: our own is made, and removed when it is empty again", () => {
    const packaged = file("255 local\n", "/usr/share/iproute2/rt_tables");
    expect(tableNameSteps(packaged, [{ owner, line: one }], [], [])[0]!.files).toEqual({
      "rt_tables.do": "1 wan_one\n",
      "rt_tables.undo": "",
    });
    expect(tableNameSteps(file("1 wan_one\n"), [], [{ owner, line: one }], [one])[0]).toMatchObject({
      phase: 990,
      files: { "rt_tables.do": "", "rt_tables.undo": "1 wan_one\n" },
    });
  });

  test("a file that is there and empty says so while it is not, and is empty again", () => {
    const [step] = tableNameSteps(file(""), [{ owner, line: one }], [], []);
    const { "rt_tables.do": written, ...undo } = step!.files!;
    expect(written).toMatch(/^# .* was empty .*\n1 wan_one\n$/);
    expect(undo).toEqual({ "rt_tables.undo": "", "rt_tables.undo.there": "" });
    expect(tableNameSteps(file(written), [], [{ owner, line: one }], [one])[0]!.files).toEqual({
      ...{ "rt_tables.do": "", "rt_tables.do.there": "", "rt_tables.undo": written },
    });
    // Nothing was there.
    const [first] = tableNameSteps(file(undefined), [{ owner, line: one }], [], []);
    expect(first!.files).toEqual({ "rt_tables.do": "1 wan_one\n", "rt_tables.undo": "" });
  });

  test("a renamed table's old line makes room, however it is spelled", () => {
    const put = [{ owner, line: line(1, "isp") }];
    for (const old of ["1 wan_one\n", "1\twan_one\n", " 0x1  wan_one # ours\n"])
      expect(tableNameSteps(file(`7 tunnel\n${old}`), put, [], [one])[0]!.files!["rt_tables.do"]).toBe(
        "7 tunnel\n1 isp\n",
      );
  });

  test("a name that has gone to another number makes room too, unless that line is managed", () => {
    const written = (text: string, ours = [one]) =>
      tableNameSteps(file(text), [{ owner, line: one }], [], ours)[0]!.files!["rt_tables.do"];
    expect(written("7 tunnel\n9 wan_one\n")).toBe("7 tunnel\n1 wan_one\n");
    expect(written("1 wan_two\n2 wan_one\n", [one, two])).toBe("1 wan_one\n");
    expect(written("9 wan_one\n", [one, line(9, "wan_one")])).toBe("1 wan_one\n9 wan_one\n");
  });

  test("nothing to write is no step", () => {
    expect(tableNameSteps(file(""), [], [{ owner, line: { kind: "rule", priority: 1, from: "all" } }], [])).toEqual([]);
  });
});

describe("a router whose names are all in its packaged file", () => {
  const vendor = `${debian}77 vendor_vpn\n`;
  const packaged = (text: string, more = {}) => ({
    ...{ path: "/usr/share/iproute2/rt_tables", text, names: parseTableNames(text) },
    ...more,
  });
  const written = (text: string) => ({ path: "/etc/iproute2/rt_tables", text, names: parseTableNames(text) });
  const step = (file: Parameters<typeof tableNameSteps>[0], put: TableNameLine[], drop: TableNameLine[]) =>
    tableNameSteps(file, put.map(owned), drop.map(owned), [one, two])[0]!.files!;
  const owned = (line: TableNameLine) => ({ owner: "p/s/RoutingTable/t", line });

  test.each([
    ["with its folder in /etc", {}],
    ["without", { noFolder: true as const }],
  ])("%s: the file in /etc, which ip reads instead, has them too, and goes with the last own name", (_, more) => {
    const made = step(packaged(vendor, more), [one], [])["rt_tables.do"]!;
    expect(parseTableNames(made)).toEqual(new Map([...parseTableNames(vendor), [1, "wan_one"]]));
    expect(made.includes(vendor)).toBe(true);
    const both = step(written(made), [two], [])["rt_tables.do"]!;
    expect(step(written(both), [], [one, two])).toEqual({ "rt_tables.do": "", "rt_tables.undo": both });
  });

  test("what another hand has added or changed in it stays, with the rest", () => {
    const made = step(packaged(vendor), [one], [])["rt_tables.do"]!;
    expect(step(written(`${made}9 by_hand\n`), [], [one])["rt_tables.do"]).toBe(
      `${made.replace("1 wan_one\n", "")}9 by_hand\n`,
    );
    expect(step(written(made.replace("77 v", "78 v")), [], [one])["rt_tables.do"]).toContain("78 vendor_vpn");
  });

  test("names that ip knows by itself need no copy", () => {
    expect(step(packaged(debian), [one], [])["rt_tables.do"]).toBe("1 wan_one\n");
  });
});
