import { describe, expect, test } from "@jest/globals";
import { asymmetric, drawn, trail, walked } from "./ways.ts";

const outcomes = (graph: ReturnType<typeof drawn>) => graph.way!.legs.map(({ outcome }) => outcome);

describe("the boxes that a packet comes by", () => {
  test("by a door, and back through it", () => {
    const graph = drawn(walked("198.51.100.20", "216.111.1.11", 1494, "eth2"));
    expect(trail(graph, 0)).toBe(
      "internet > isp:wan_two > link:wan_two > door:wan_two:server1 > (lan:0) > server:server1",
    );
    expect(trail(graph, 1)).toBe(
      "server:server1 > (lan:0) > door:wan_two:server1 > link:wan_two > isp:wan_two > internet",
    );
    expect(outcomes(graph)).toEqual(["reaches server1", "leaves by wan_two"]);
    const numbers = graph.way!.legs.flatMap(({ steps }) => steps.map(({ number }) => number));
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(graph.boxes.find(({ id }) => id === "internet")!.rows).toEqual([{ text: "198.51.100.20" }]);
  });

  test("out of a server: by its door's address; out of another host: by the router's", () => {
    const server = drawn(walked("172.16.1.130", "203.0.113.80", 443, "eth0"));
    expect(trail(server, 0)).toBe(
      "server:server2 > (lan:0) > door:wan_one:server2 > link:wan_one > isp:wan_one > internet",
    );
    const other = drawn(walked("172.16.1.77", "203.0.113.80", 443, "eth0"));
    expect(trail(other, 0)).toBe("clients:0 > (lan:0) > out:wan_one > link:wan_one > isp:wan_one > internet");
    expect(trail(other, 1)).toBe("internet > isp:wan_one > link:wan_one > out:wan_one > (lan:0) > clients:0");
    expect(outcomes(other)).toEqual(["leaves by wan_one", "reaches 172.16.1.77"]);
  });

  test("back into the LAN", () => {
    const graph = drawn(walked("172.16.1.77", "216.111.1.12", 25, "eth0"));
    expect(trail(graph, 0)).toBe("clients:0 > (lan:0) > door:wan_two:server2 > (lan:0) > server:server2");
    expect(trail(graph, 1)).toBe("server:server2 > (lan:0) > door:wan_two:server2 > (lan:0) > clients:0");
  });

  test("to the router itself, from outside and from inside", () => {
    const outside = drawn(walked("198.51.100.20", "123.234.1.10", 22, "eth1"));
    expect([trail(outside, 0), trail(outside, 1)]).toEqual([
      "internet > isp:wan_one > link:wan_one",
      "link:wan_one > isp:wan_one > internet",
    ]);
    expect(outcomes(outside)).toEqual(["reaches the router itself", "leaves by wan_one"]);
    const inside = drawn(walked("172.16.1.77", "172.16.1.1", 22, "eth0"));
    expect([trail(inside, 0), trail(inside, 1)]).toEqual(["clients:0 > lan:0", "lan:0 > clients:0"]);
  });

  test("a reply by the wrong ISP ends there", () => {
    const graph = drawn(asymmetric);
    expect(trail(graph, 1)).toBe("server:server2 > (lan:0) > door:wan_two:server2 > link:wan_two > isp:wan_two");
    expect(outcomes(graph)).toEqual(["reaches server2", "is dropped"]);
  });

  test("what enters and leaves by devices that the site does not know takes no step, and is told in words", () => {
    const leg = { name: "request", from: "10.8.0.2", to: "10.9.0.2", verdict: "unknown", notes: ["a tunnel"] } as const;
    const graph = drawn({ title: "x", legs: [{ ...leg, inDevice: "tun0", outDevice: "tun1" }] });
    expect(graph.way!.legs[0]).toEqual({
      ...{ name: "request", verdict: "unknown", outcome: "cannot be told", steps: [] },
      texts: ["from 10.8.0.2 to 10.9.0.2", "a tunnel"],
    });
  });
});

describe("a walk in few words", () => {
  test("of a connection through a door", () => {
    const [request, reply] = walked("198.51.100.20", "216.111.1.11", 1494, "eth2").legs;
    expect(request!.notes).toEqual([
      "a new connection",
      "mark 0x2",
      "connection mark 0x2",
      "DNAT to 172.16.1.131:1494",
      "rule 1023: from all iif eth2 lookup main suppress_prefixlength 1",
      "route 172.16.1.0/24 dev eth0 scope link",
    ]);
    expect(reply).toMatchObject({
      ...{ from: "172.16.1.131", to: "198.51.100.20", inDevice: "eth0", outDevice: "eth2", verdict: "sent" },
      notes: [
        "an open connection, connection mark 0x2",
        "mark 0x2, restored from the connection",
        "rule 1025: from all fwmark 0x2 lookup wan_two",
        "route default via 66.119.160.1 dev eth2 table wan_two",
        "translated back: source 216.111.1.11:1494",
      ],
    });
  });

  test("whose source is not the link's own is sent, dropped by that ISP, and not answered", () => {
    const way = walked("198.51.100.20", "203.0.113.80", 443, "eth2");
    expect(way.legs).toMatchObject([{ verdict: "dropped", outDevice: "eth2" }]);
    expect(way.legs[0]!.notes.at(-1)).toBe("the ISP of wan_two drops the source 198.51.100.20");
  });
});
