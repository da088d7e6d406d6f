import { describe, expect, test } from "@jest/globals";
import type { Fragment } from "../../provider/kernel/line.ts";
import { serverMap } from "../../provider/kinds/server-map.ts";
import { conntrackSteps } from "../../provider/plan/conntrack-steps.ts";
import type { Manifest } from "../../provider/plan/manifest.ts";
import { routerOf } from "../kinds/routers.ts";

const plain = routerOf();
const able = { ...plain, capabilities: { ...plain.capabilities, conntrack: true } };
const DNS = { address: "216.111.1.11", protocol: "udp", port: 53, server: "172.16.1.131" };
const WEB = { address: "216.111.1.11", protocol: "tcp", port: 80, server: "172.16.1.131" };

function holding(...entries: object[]): Manifest {
  const lines = serverMap.desired(serverMap.schema.parse({ map: "site", entries }), {}) as Fragment;
  return new Map([["shop/prod/ServerMap/site", { lines, found: [] }]]);
}

const commands = (before: Manifest, after: Manifest, router = able) =>
  conntrackSteps(router, before, after).flatMap(({ run }) => run.split("\n"));
const forget = (port: number | string, address = DNS.address) =>
  `conntrack -D -p udp --orig-dst ${address} --orig-port-dst ${port} >/dev/null 2>&1 || :`;

describe("connections by an old UDP mapping are forgotten", () => {
  test.each([
    ["that comes", holding(WEB), holding(WEB, DNS)],
    ["that goes", holding(WEB, DNS), holding(WEB)],
  ])("of a door %s", (_, before, after) => expect(commands(before, after)).toEqual([forget(53)]));

  test("of a door that leads elsewhere, once", () =>
    expect(new Set(commands(holding(DNS), holding({ ...DNS, server: "172.16.1.130" })))).toEqual(
      new Set([forget(53)]),
    ));

  test("port by port in a range, and by the address alone where there are many", () => {
    expect(commands(holding(), holding({ ...DNS, port: "5000-5002" }))).toEqual(
      [5000, 5001, 5002].map((p) => forget(p)),
    );
    expect(commands(holding(), holding({ ...DNS, port: "5000-6000" }))).toEqual([
      `conntrack -D -p udp --orig-dst ${DNS.address} >/dev/null 2>&1 || :`,
    ]);
  });

  test.each([
    [
      "a door that stays, whatever its neighbours do",
      holding(DNS),
      holding(DNS, { ...WEB, port: 443 }, { ...WEB, port: 22 }),
    ],
    ["TCP", holding(WEB), holding({ ...WEB, server: "172.16.1.130" })],
  ])("not of %s", (_, before, after) => expect(commands(before, after)).toEqual([]));

  test("not on a router that has no conntrack command", () =>
    expect(commands(holding(), holding(DNS), plain)).toEqual([]));

  test("after everything else, and the same on the way back", () => {
    const [step] = conntrackSteps(able, holding(), holding(DNS));
    expect(step).toMatchObject({ phase: 1000, owners: ["shop/prod/ServerMap/site"], undo: forget(53) });
  });
});
