import { describe, expect, test } from "@jest/globals";
import { parseTableNames, showTable, tableIdOf } from "../../../provider/dialects/iproute2/table-name.ts";

describe("rt_tables", () => {
  test("is read with comments, tabs, hexadecimal ids, and a last line without its newline", () => {
    const text =
      "#\n# reserved values\n255\tlocal\n254 main # the main one\n\n#1\tinr.ruhep\n 0x64\twan_hex\nlonely\n2  wan_two";
    expect([...parseTableNames(text)]).toEqual([
      [255, "local"],
      [254, "main"],
      [100, "wan_hex"],
      [2, "wan_two"],
    ]);
  });

  test("has names with a hash, which busybox cuts there", () => {
    const names = parseTableNames("77 isp#2\n78 # none\n");
    expect(names.get(77)).toBe("isp#2");
    expect(["isp#2", "isp", "-294967296", "-5000000000"].map(tableIdOf(names))).toEqual([
      77,
      77,
      4000000000,
      undefined,
    ]);
  });

  test("has the later name for an id that comes twice", () => {
    expect(parseTableNames("1 old\n1 new\n").get(1)).toBe("new");
  });
});

describe("a table", () => {
  test("is found by id, by name and by built-in name", () => {
    const idOf = tableIdOf(new Map([[1, "wan_one"]]));
    expect(["1", "0x10", "wan_one", "main", "local", "default", "nobody"].map(idOf)).toEqual([
      1,
      16,
      1,
      254,
      255,
      253,
      undefined,
    ]);
  });

  test("is not found by a name that two ids share, nor by main where that is another table's name too", () => {
    const idOf = tableIdOf(
      new Map([
        [1, "twin"],
        [2, "twin"],
        [3, "main"],
      ]),
    );
    expect([idOf("twin"), idOf("main")]).toEqual([undefined, undefined]);
  });

  test("is shown by its name only if names are given", () => {
    expect([showTable(254), showTable(254, new Map()), showTable(7, new Map([[7, "seven"]]))]).toEqual([
      "254",
      "main",
      "seven",
    ]);
  });
});
