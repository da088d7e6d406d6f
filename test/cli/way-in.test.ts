import { expect, test } from "@jest/globals";
import { wayIn } from "../../provider/cli/doctor/way-in.ts";
import { checkSite } from "../../provider/site/check.ts";
import { labSite } from "../drive/index.ts";

const checked = checkSite(labSite());
if (!("site" in checked)) throw new Error("the lab's own config has faults");
const { site } = checked;
const operator = { client: "203.0.113.10", server: "123.234.1.12", port: 22, ways: [] };
const said = (patient: Parameters<typeof wayIn>[0]) => wayIn(patient).map(({ level, text }) => `${level}: ${text}`);

test("doctor says by which address the session came in, and what is published there", () => {
  expect(said({ operator, site })).toEqual([
    "ok: this session came in by 123.234.1.12 port 22, from 203.0.113.10; published there: tcp 25 to server2, tcp 80 to server2",
  ]);
  expect(said({ operator: { ...operator, server: "192.168.99.1" }, site })).toEqual([
    "ok: this session came in by 192.168.99.1 port 22, from 203.0.113.10; nothing is published there",
  ]);
});

test("where the router does not say so, it says what is compared instead", () => {
  expect(said({ operator: { ...operator, client: undefined, server: undefined, port: undefined }, site })).toEqual([
    expect.stringMatching(/^note: the router does not say .*the addresses in multiwan:router alone$/),
  ]);
  expect(said({ site })).toEqual([]);
});
