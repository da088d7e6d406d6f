import { execFileSync } from "node:child_process";
import { describe, expect, test } from "@jest/globals";
import { serverMap } from "../../provider/kinds/server-map.ts";
import type { Fragment } from "../../provider/model/line.ts";
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
  conntrackSteps(router, before, after).map(({ run }) => run);
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

describe("of a range", () => {
  /** The kernel's own table, in a network namespace of its own. */
  function endedBy(script: string, ports: readonly number[]): number[] {
    const flow = (port: number, to: string) =>
      `conntrack -I -p udp -s 203.0.113.9 -d ${to} --sport 4500 --dport ${port} -t 600 >/dev/null 2>&1`;
    const all = [...ports.map((port) => flow(port, DNS.address)), flow(5001, "216.111.1.12")];
    const list = "conntrack -L -p udp 2>/dev/null";
    const input = `${all.join("\n")}\n${script}\n${list}\n`;
    const text = execFileSync("unshare", ["-n", "sh", "-e"], { input, encoding: "utf8" });
    expect(text).toContain("dst=216.111.1.12");
    return ports.filter((port) => !text.includes(`dst=${DNS.address} sport=4500 dport=${port} `));
  }

  test.each([["5000-5002"], ["5000-5200"], ["1-65535"]])("%s only connections to its ports end", (port) => {
    const [script = ""] = commands(holding(), holding({ ...DNS, port }));
    const [first = 0, last = 0] = port.split("-").map(Number);
    const ports = [53, 500, 4999, 5000, 5001, 5002, 5200, 5201, 51820];
    expect(endedBy(script, ports)).toEqual(ports.filter((p) => p >= first && p <= last));
  });
});
