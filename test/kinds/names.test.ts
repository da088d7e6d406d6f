import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { insideMask, insidePriorities, numbersOf, sourcePriority } from "../../provider/kinds/numbers.ts";
import { chainName } from "../../provider/model/chain-name.ts";

test("a chain is named after its resource; a name that is too long is cut and told apart", () => {
  expect(chainName("wan", "mark")).toBe("mw-wan-mark");
  expect(chainName("a_name_of_nineteen_x", "mark")).toBe("mw-a_name_of_nineteen_x-mark");
  expect(chainName("a_name_of_twenty_one", "dnat2")).toBe("mw-a_name_of_twen~ad74-dnat2");
  expect(chainName("a", "snat-averylongname15")).toBe("mw-a-snat-averylongname15");
});

test("whatever the name, the chain's is legal, at most 28 characters, begins with mw and ends with the part", () => {
  const part = fc.constantFrom("mark", "out", "dnat", "snat", "fwd", "snat-averylongname1");
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,30}$/), part, (name, part) => {
      const chain = chainName(name, part);
      expect(chain).toMatch(/^mw[-~a-zA-Z0-9_.]{1,26}$/);
      expect(chain.endsWith(`-${part}`)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test("names that differ only behind the cut have other chains", () => {
  const names = Array.from({ length: 20 }, (_, i) => `the_same_beginning_of_a_name_${i}`);
  expect(new Set(names.map((name) => chainName(name, "mark"))).size).toBe(20);
});

test("numbers follow from the link's id: the seed's with the full mask, else bits and priorities nobody uses", () => {
  expect(numbersOf(1, 0xffffffff)).toEqual({ mark: 1, table: 1, fwmarkPriority: 1024, fromPriority: 1124 });
  expect(numbersOf(2, 0xffffffff)).toEqual({ mark: 2, table: 2, fwmarkPriority: 1025, fromPriority: 1125 });
  expect(numbersOf(1, 0x0f000000)).toEqual({ mark: 0x1000000, table: 101, fwmarkPriority: 4001, fromPriority: 4101 });
  expect(numbersOf(15, 0xf0000000)).toEqual({ mark: 0xf0000000, table: 115, fwmarkPriority: 4015, fromPriority: 4115 });
  expect([sourcePriority(0xffffffff), sourcePriority(0xff)]).toEqual([1223, 4200]);
  expect([0xffffffff, 0xff].map(insidePriorities)).toEqual([
    { inbound: 1023, inside: 1123 },
    { inbound: 4000, inside: 4100 },
  ]);
});

test("sources come behind every link's rules, and all ids of a mask of four bits fit into it", () => {
  for (const mask of [0xf, 0xf0, 0x0f000000, 0xf0000000])
    for (let id = 1; id <= 15; id++) {
      const { mark, fwmarkPriority, fromPriority } = numbersOf(id, mask);
      expect(insideMask(mark, mask) && mark > 0).toBe(true);
      expect(fwmarkPriority < fromPriority && fromPriority < sourcePriority(mask)).toBe(true);
    }
});
