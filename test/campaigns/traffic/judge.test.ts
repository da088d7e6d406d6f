import { expect, test } from "@jest/globals";
import type { Flow, Isp } from "../../lab/index.ts";
import { judge, tally } from "./judge.ts";
import type { Attempt } from "./wire.ts";

const HOMES = { two: "isp2", outgoing: { server: "203.0.113.80:80" } } as const;
const CLIENT = { address: "203.0.113.10", port: 2000 };
const DOOR = { address: "216.111.1.11", port: 1494 };
const flow = (isp: Isp, set: Flow["set"], from = DOOR, to = CLIENT): Flow => ({ isp, set, proto: "tcp", from, to });
const attempt = (more: Partial<Attempt> = {}): Attempt => ({
  ...{ target: "two", source: CLIENT.address, sourcePort: CLIENT.port, begun: 1000, ended: 1010, kept: false },
  ...more,
});
const fate = (flows: readonly Flow[], more: Partial<Attempt> = {}, away = { from: 0, to: 0 }) =>
  judge([attempt(more)], flows, HOMES, [{ target: "two", ...away }])[0]!.fate;
const IN = flow("isp2", "in", CLIENT, DOOR);
const LATE = { error: "not answered in time" };

test("both ways by the link it came in by", () => {
  expect(fate([IN, flow("isp2", "out")])).toBe("right");
});

test("a packet at another ISP: strayed if it came to its end all the same, else wrong for life", () => {
  const flows = [IN, flow("isp1", "out"), flow("isp1", "dropped")];
  expect(fate([...flows, flow("isp2", "out")])).toBe("strayed");
  expect(fate(flows, LATE)).toBe("wrong for life");
});

test("no answer and no packet elsewhere: failed, unless its door was away meanwhile", () => {
  expect(fate([IN], LATE)).toBe("failed");
  expect(fate([IN], LATE, { from: 1005, to: 5000 })).toBe("shut");
  expect(fate([IN], LATE, { from: 1011, to: 5000 })).toBe("failed");
});

test("what a router without that door sends on is no packet of the connection's other direction", () => {
  expect(fate([IN, flow("isp1", "out", CLIENT, DOOR)], LATE)).toBe("failed");
});

test("from inside: any link, but one", () => {
  const web = { address: "203.0.113.80", port: 80 };
  const inside = (address: string) => ({ address, port: 2000 });
  const mine = { target: "outgoing", source: "172.16.1.50" };
  const flows = [flow("isp1", "out", inside("123.234.1.10"), web), flow("isp1", "in", web, inside("123.234.1.10"))];
  expect(fate(flows, mine)).toBe("right");
  expect(fate([...flows, flow("isp2", "out", inside("216.111.1.10"), web)], mine)).toBe("strayed");
});

test("the tally", () => {
  const attempts = [1, 2, 3, 4].map((connectMs) => attempt({ connectMs }));
  expect(tally(judge(attempts, [IN], HOMES))).toEqual({
    ...{ connections: 4, right: 4, strayed: 0, "wrong for life": 0, shut: 0, failed: 0, p99: 4 },
  });
});
