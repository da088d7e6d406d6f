import { describe, expect, test } from "@jest/globals";
import { parseFlow } from "../../provider/cli/flow.ts";
import { arriving } from "../../provider/cli/packet.ts";
import { prod } from "../diagram/sites.ts";
import { machineText } from "../proof/machine-text.ts";

const read = (text: string) => arriving(parseFlow([text], prod), prod);

describe("a packet comes in", () => {
  test.each([
    ["tcp 198.51.100.20 to 216.111.1.11:1494", "eth2", "tcp 198.51.100.20 -> 216.111.1.11:1494"],
    ["udp to 123.234.1.10:53", "eth1", "udp 198.51.100.77 -> 123.234.1.10:53"],
    ["icmp to 216.111.1.10", "eth2", "icmp 198.51.100.77 -> 216.111.1.10"],
    ["tcp from server1 to 203.0.113.80 443", "eth0", "tcp server1 -> 203.0.113.80:443"],
    ["tcp 172.16.1.77 to 123.234.1.12:25", "eth0", "tcp 172.16.1.77 -> 123.234.1.12:25"],
    ["tcp 216.111.1.10 to 203.0.113.80:443", undefined, "tcp 216.111.1.10 -> 203.0.113.80:443"],
    ["tcp 172.16.1.1 to 172.16.1.131:22", undefined, "tcp 172.16.1.1 -> server1:22"],
  ])("%s: on %s", (text, device, title) => {
    const { inDevice, ...rest } = read(text);
    expect([inDevice, rest.title]).toEqual([device, title]);
  });

  test.each([
    ["a VPN's client", "tcp 10.8.0.6 to 172.16.1.131:80", "tun0"],
    ["a container", "tcp 172.17.0.2 to 203.0.113.80:443", "docker0"],
    ["a host of the LAN", "tcp 172.16.1.77 to 203.0.113.80:443", "eth0"],
    ["somebody whom the main table has by a link", "tcp 203.0.113.80 to 216.111.1.11:1494", "eth2"],
    [
      "somebody out there, to an address that the site does not list",
      "tcp 198.51.100.20 to 149.99.251.146:8080",
      "eth1",
    ],
    ["the router, by an address that the site does not list", "tcp 10.8.0.1 to 203.0.113.80:443", undefined],
  ])("%s: by the live router's routes", (_, text, device) => {
    const live = machineText(`
      inet 172.16.1.1/24 scope global eth0
      inet 149.99.251.146/29 scope global eth1
      inet 66.119.160.2/24 scope global eth2
      inet 10.8.0.1/24 scope global tun0
      inet 172.17.0.1/16 scope global docker0
      203.0.113.0/24 via 149.99.251.145 dev eth1
      default via 149.99.251.145 dev eth1`);
    expect(arriving(parseFlow([text], prod), prod, live).inDevice).toBe(device);
  });

  test("with the ports that were said, or a client's", () => {
    expect(read("tcp 198.51.100.20:1234 to 123.234.1.11:1494").packet).toEqual({
      ...{ protocol: "tcp", source: "198.51.100.20", sourcePort: 1234, mark: 0, flags: ["SYN"] },
      ...{ destination: "123.234.1.11", destinationPort: 1494 },
    });
    const echo = read("icmp to 123.234.1.10").packet;
    expect(echo.destinationPort).toBe(echo.sourcePort);
  });

  test.each([
    ["host server1", 'say "to" instead of "host"'],
    ["from server1 to 203.0.113.80", "say what it is: tcp, udp or icmp"],
    ["tcp from server1", "say where it goes to"],
    ["tcp 10.0.0.0/8 to 216.111.1.11:80", "10.0.0.0/8 is a network, and a packet has one address"],
    ["tcp to 216.111.1.11", "say the port: tcp to 216.111.1.11:80"],
    ["tcp 198.51.100.20 to 8.8.8.8:53", "8.8.8.8 is no external address of a link: it never gets here"],
  ])("%s is refused", (text, why) => expect(() => read(text)).toThrow(why));
});
