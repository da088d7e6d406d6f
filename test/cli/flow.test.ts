import { describe, expect, test } from "@jest/globals";
import { formatFlow, parseFlow } from "../../provider/cli/flow.ts";
import { newLines, parseLogLine } from "../../provider/cli/log/lines.ts";
import { matchesOf } from "../../provider/cli/log/matches.ts";
import { matchText } from "../../provider/dialects/iptables/packet-rule.ts";

const site = { servers: { server1: { address: "172.16.1.131" }, mail: { address: "172.16.1.130" } } };
const read = (text: string) => parseFlow([text], site);

describe("a flow", () => {
  test.each([
    ["tcp 198.51.100.20:40000 -> 123.234.1.11:1494", "tcp 198.51.100.20:40000 -> 123.234.1.11:1494"],
    ["tcp 198.51.100.20->123.234.1.11 1494", "tcp 198.51.100.20 -> 123.234.1.11:1494"],
    ["198.51.100.20 to 123.234.1.11 port 1494 tcp", "tcp 198.51.100.20 -> 123.234.1.11:1494"],
    ["from server1 to 203.0.113.80 tcp 443", "tcp server1 -> 203.0.113.80:443"],
    ["to 203.0.113.0/24 udp", "udp anywhere -> 203.0.113.0/24"],
    ["tcp any:22 to any", "tcp anywhere:22 -> anywhere"],
    ["host mail", "host mail"],
    ["icmp 172.16.1.130", "icmp mail -> anywhere"],
  ])("%s", (text, formatted) => {
    expect(formatFlow(read(text))).toBe(formatted);
    // What another operator reads can be typed again.
    expect(formatFlow(read(formatted))).toBe(formatted);
  });

  test("words may come one by one or together", () => {
    expect(parseFlow(["tcp", "from", "server1", "to", "mail:25"], site)).toEqual(read("tcp from server1 to mail:25"));
  });

  test.each([
    ["tcp udp", "it cannot be both tcp and udp"],
    ["from server1 from mail", 'there is more than one "from" in it'],
    ["1.1.1.1 2.2.2.2", 'there is more than one "from" in it'],
    ["tcp to", '"to" is the last word'],
    ["tcp to 1.2.3.4:80 443", "the port is given twice"],
    ["tcp 0", '"0" is no port: 1 to 65535'],
    ["tcp 1.2.3.4:70000", '"70000" is no port'],
    ["to 1.2.3.4:80", "a port needs its protocol"],
    ["icmp 80", "icmp has no ports"],
    ["from srever1", '"srever1" is no address, and no server of multiwan:site; did you mean server1. Write'],
    ["from 1.2.3.4/33", '"1.2.3.4/33" is no address'],
    ["tcp 1.2.3.4 -", "the shell has taken the > of ->"],
  ])("%s is refused", (text, why) => expect(() => read(text)).toThrow(why));
});

describe("its matches", () => {
  const link = { name: "wan_two", device: "eth2", gateway: "66.119.160.1", mark: 2, mask: 0xff, table: 2 };
  test("are by connection", () => {
    expect(matchesOf(read("tcp 198.51.100.0/24 to 123.234.1.11:1494")).map(matchText)).toEqual([
      "-m conntrack --ctproto tcp --ctorigsrc 198.51.100.0/24 --ctorigdst 123.234.1.11 --ctorigdstport 1494",
    ]);
  });
  test("of a server are also those of its external addresses", () => {
    expect(matchesOf(read("tcp to server1:1494")).map(matchText)).toEqual([
      "-m conntrack --ctproto tcp --ctorigdst 172.16.1.131 --ctorigdstport 1494",
      "-m conntrack --ctproto tcp --ctreplsrc 172.16.1.131 --ctreplsrcport 1494",
    ]);
    expect(matchesOf(read("host mail")).map(matchText)).toEqual(
      ["orig", "orig", "repl"].map((dir, i) => `-m conntrack --ct${dir}${i === 1 ? "dst" : "src"} 172.16.1.130`),
    );
  });
  test("may be those of a link", () => {
    expect(matchesOf(read("udp"), link).map(matchText)).toEqual([
      "-m connmark --mark 0x2/0xff -m conntrack --ctproto udp",
    ]);
    expect(matchesOf(parseFlow([], site), link).map(matchText)).toEqual(["-m connmark --mark 0x2/0xff"]);
  });
  test("are never everything", () => {
    expect(() => matchesOf(parseFlow([], site))).toThrow("log what?");
    expect(() => matchesOf(read("any to any"))).toThrow("log what?");
  });
});

describe("a line of the kernel's log", () => {
  const tcp =
    "[ 6400.206924] mw6770f2 forward IN=eth0 OUT=eth1 MAC=52:26:88:2c:77:6c:2e:1f:80:c1:30:59:08:00 SRC=172.16.1.131 DST=203.0.113.10 LEN=110 TOS=0x00 PREC=0x00 TTL=63 ID=23086 DF PROTO=TCP SPT=1494 DPT=10001 WINDOW=64 RES=0x00 ACK PSH URGP=0 MARK=0x1 ";
  test("of tcp", () => {
    expect(parseLogLine(tcp, "mw6770f2")).toEqual({
      ...{ at: 6400.206924, hook: "forward", in: "eth0", out: "eth1", protocol: "tcp", mark: "0x1", length: 110 },
      ...{ source: "172.16.1.131", destination: "203.0.113.10", sourcePort: 1494, destinationPort: 10001 },
      flags: ["ACK", "PSH"],
    });
  });
  test("of icmp about another packet, whose own words do not count", () => {
    const line =
      "<6>mw6770f2 output IN= OUT=eth1 SRC=123.234.1.10 DST=1.2.3.4 LEN=56 TOS=0x00 TTL=64 ID=1 PROTO=ICMP TYPE=3 CODE=4 [SRC=1.2.3.4 DST=123.234.1.10 LEN=1500 PROTO=TCP SPT=80 DPT=5 SYN ] MTU=1400 MARK=0x2";
    expect(parseLogLine(line, "mw6770f2")).toMatchObject({
      ...{ at: null, in: null, out: "eth1", source: "123.234.1.10", protocol: "icmp", sourcePort: null, flags: [] },
      mark: "0x2",
    });
  });
  test("of something else is none", () => {
    expect(parseLogLine(tcp, "mw000000")).toBeUndefined();
    expect(parseLogLine("[1.0] mw6770f2 elsewhere IN= SRC=1.1.1.1 DST=1.1.1.1", "mw6770f2")).toBeUndefined();
    expect(parseLogLine("[1.0] mw6770f2 forward IN=eth0 OUT=eth1 SRC=1.1.", "mw6770f2")).toBeUndefined();
  });
});

test("of two looks at a ring the lines behind the common part are new", () => {
  expect(newLines(["a", "b"], [])).toEqual(["a", "b"]);
  expect(newLines(["a", "b", "c"], ["a", "b"])).toEqual(["c"]);
  expect(newLines(["b", "c", "d"], ["a", "b", "c"])).toEqual(["d"]);
  expect(newLines(["a", "a", "a"], ["a", "a"])).toEqual(["a"]);
  expect(newLines(["x", "y"], ["a", "b"])).toEqual(["x", "y"]);
  expect(newLines(["a", "b"], ["a", "b"])).toEqual([]);
});
