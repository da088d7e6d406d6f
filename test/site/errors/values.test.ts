/** Single values that cannot be. */
import { mistakes } from "./mistakes.ts";

mistakes([
  // Single values
  [
    "a published multicast address",
    (s) => {
      s.publish[0].address = "224.0.0.5";
    },
    "publish[0].address: 224.0.0.5 is a multicast address, which no host has",
  ],
  [
    "a gateway on the loopback",
    (s) => {
      s.links.wan_one.gateway = "127.0.0.1";
    },
    "links.wan_one.gateway: 127.0.0.1 is a loopback address, which no host has",
  ],
  [
    "a link by lo",
    (s) => {
      s.links.wan_one.device = "lo";
    },
    "links.wan_one.device: lo leads to the router itself; name the device of a network",
  ],
  [
    "an id of 0",
    (s) => {
      s.links.wan_one.id = 0;
    },
    "links.wan_one.id: must be 1 to 15, not 0",
  ],
  [
    "an id of 16",
    (s) => {
      s.links.wan_one.id = 16;
    },
    "links.wan_one.id: must be 1 to 15, not 16",
  ],
  [
    "an id in words",
    (s) => {
      s.links.wan_one.id = "one";
    },
    'links.wan_one.id: must be a whole number, not "one"',
  ],
  [
    "half an id",
    (s) => {
      s.links.wan_one.id = 1.5;
    },
    "links.wan_one.id: must be a whole number, not 1.5",
  ],
  [
    "a mark in words",
    (s) => {
      s.links.wan_one.mark = "red";
    },
    'links.wan_one.mark: must be a number such as 0x1000000, not "red"',
  ],
  [
    "a mark of 0",
    (s) => {
      s.links.wan_one.mark = "0x0";
    },
    "links.wan_one.mark: must not be 0, not 0",
  ],
  [
    "a reserved table",
    (s) => {
      s.links.wan_one.table = 254;
    },
    "links.wan_one.table: 254 is one of the kernel's own tables (253 default, 254 main, 255 local)",
  ],
  [
    "table 0",
    (s) => {
      s.links.wan_one.table = 0;
    },
    "links.wan_one.table: must be 1 or more (0 is reserved), not 0",
  ],
  [
    "a reserved priority",
    (s) => {
      s.links.wan_one.priority = 0;
    },
    "links.wan_one.priority: must be 1 to 32765 (0 is the local table's own rule), not 0",
  ],
  [
    "a priority behind main",
    (s) => {
      s.sourcePriority = 32767;
    },
    "sourcePriority: must be 1 to 32765 (32766 and 32767 are the rules of main and default; what follows them is never reached), not 32767",
  ],
  [
    "an address that is none",
    (s) => {
      s.links.wan_one.address = "123.234.1";
    },
    'links.wan_one.address: must be an IPv4 address such as 123.234.1.10, not "123.234.1"',
  ],
  [
    "a network with host bits",
    (s) => {
      s.lan.networks = ["172.16.1.1/24"];
    },
    'lan.networks[0]: must be an IPv4 network such as 172.16.1.0/24, host bits zero, not "172.16.1.1/24"',
  ],
  [
    "an IPv6 gateway",
    (s) => {
      s.links.wan_one.gateway = "2001:db8::1";
    },
    "links.wan_one.gateway: IPv6 is left untouched for now; give an IPv4 address",
  ],
  [
    "an IPv6 network",
    (s) => {
      s.management = ["2001:db8::/32"];
    },
    "management[0]: IPv6 is left untouched for now; give an IPv4 network",
  ],
  [
    "an IPv6 server",
    (s) => {
      s.servers.server3 = "2001:db8::5";
    },
    "servers.server3: IPv6 is left untouched for now; give an IPv4 address",
  ],
  [
    "a port out of range",
    (s) => {
      s.publish[0].tcp = [70000];
    },
    "publish[0].tcp[0]: must be 1 to 65535, not 70000",
  ],
  [
    "a range that runs backwards",
    (s) => {
      s.publish[0].tcp = ["5010-5000"];
    },
    "publish[0].tcp[0]: 5010-5000 is not a range of ports within 1 to 65535",
  ],
  [
    "a port by name",
    (s) => {
      s.publish[0].udp = ["smtp"];
    },
    'publish[0].udp[0]: must be a port such as 25, a range such as 5000-5010, or {port: 8080, to: 80}, not "smtp"',
  ],
  [
    "a link's name with a blank",
    (s) => {
      s.links["wan three"] = { id: 3, device: "eth3", gateway: "192.0.2.1" };
    },
    'links["wan three"]: must be a name such as wan_one (a letter first, then letters, digits, _ or -, at most 31), not "wan three"',
  ],
  [
    "a link named like a table of the kernel's",
    (s) => {
      s.links.main = { id: 3, device: "eth3", gateway: "192.0.2.1" };
    },
    "links.main: main is the name of one of the kernel's own tables, or a word of ip's for them; take another",
  ],
  [
    "a link named by a word that ip takes for all tables",
    (s) => {
      s.links.all = { id: 3, device: "eth3", gateway: "192.0.2.1" };
    },
    "links.all: all is the name of one of the kernel's own tables, or a word of ip's for them; take another",
  ],
]);
