/** Every mistake a person can make in a site, with the exact words of the answer. */
import { expect, test } from "@jest/globals";
import { checkSite, formatFaults } from "../../provider/site/check.ts";
import { seed } from "./seed.ts";

// biome-ignore lint/suspicious/noExplicitAny: what people write has no type
type Edit = (site: any) => void;

/** The faults of the seed's site after an edit. */
function faults(edit: Edit, login?: { host: string; port: number; setting?: string }): string[] {
  const site = structuredClone(seed);
  edit(site);
  const result = checkSite(site, { logins: login ? [{ setting: "multiwan:router", ...login }] : [] });
  return "faults" in result ? formatFaults(result.faults, "multiwan:site") : [];
}

const NO_MASK: Edit = (s) => {
  delete s.mask;
};

test("the seed's site has no fault", () => {
  expect(faults(() => {})).toEqual([]);
});

const mistakes: [title: string, edit: Edit, ...texts: string[]][] = [
  // Keys
  [
    "an unknown key of the site",
    (s) => {
      s.msak = 1;
    },
    "msak: is not a setting; did you mean mask?",
  ],
  [
    "an unknown key that resembles none",
    (s) => {
      s.servers.server1 = { address: "172.16.1.131", colour: "red" };
    },
    "servers.server1.colour: is not a setting; the settings here are address, via",
  ],
  [
    "an unknown key of a link",
    (s) => {
      s.links.wan_two.gatway = "66.119.160.1";
    },
    "links.wan_two.gatway: is not a setting; did you mean gateway?",
  ],
  [
    "an unknown key of the LAN",
    (s) => {
      s.lan.network = ["172.16.1.0/24"];
    },
    "lan.network: is not a setting; did you mean networks?",
  ],
  [
    "an unknown key of one of several LANs",
    (s) => {
      s.lan = [s.lan, { device: "eth5", networks: ["10.0.0.0/24"], adress: "10.0.0.1" }];
    },
    "lan[1].adress: is not a setting; did you mean address?",
  ],
  [
    "an unknown key of a published entry",
    (s) => {
      s.publish[3].tpc = [1];
    },
    "publish[3].tpc: is not a setting; did you mean tcp?",
  ],
  [
    "an unknown key of a port",
    (s) => {
      s.publish[0].tcp = [{ port: 80, too: 8080 }];
    },
    "publish[0].tcp[0].too: is not a setting; did you mean to?",
    "publish[0].tcp[0].to: is missing",
  ],

  // Missing, empty, of another type
  [
    "no links",
    (s) => {
      delete s.links;
      delete s.default;
      s.publish = [];
    },
    "links: is missing",
  ],
  [
    "links without any",
    (s) => {
      s.links = {};
      delete s.default;
      s.publish = [];
    },
    "links: must name at least one link",
  ],
  [
    "no LAN",
    (s) => {
      delete s.lan;
    },
    "lan: is missing",
  ],
  [
    "a LAN without networks",
    (s) => {
      s.lan.networks = [];
    },
    "lan.networks: must list at least one network",
  ],
  [
    "a link without a gateway",
    (s) => {
      delete s.links.wan_one.gateway;
    },
    "links.wan_one.gateway: is missing: a default route with only a device makes the kernel ask by ARP for every address of the internet; give the ISP's router",
  ],
  [
    "a link without an id",
    (s) => {
      delete s.links.wan_one.id;
    },
    "links.wan_one.id: is missing",
  ],
  [
    "an empty value",
    (s) => {
      s.links.wan_one.address = null;
    },
    "links.wan_one.address: is empty: give a value, or take the line out",
  ],
  [
    "an empty list",
    (s) => {
      s.publish = null;
    },
    "publish: is empty: give a value, or take the line out",
  ],
  [
    "text for true",
    (s) => {
      s.masquerade = "yes";
    },
    'masquerade: must be true or false, not "yes"',
  ],
  [
    "text for a list",
    (s) => {
      s.management = "172.16.1.0/24";
    },
    'management: must be a list, not "172.16.1.0/24"',
  ],
  [
    "a number for a device",
    (s) => {
      s.lan.device = 0;
    },
    "lan.device: must be text, not 0",
  ],
  [
    "a list for a group",
    (s) => {
      s.links = [];
      delete s.default;
      s.publish = [];
    },
    "links: must be a group of names, not a list",
  ],
  [
    "text for the LAN",
    (s) => {
      s.lan = "eth0";
    },
    'lan: must be {device, networks}, or a list of them, not "eth0"',
  ],
  [
    "a number for a server",
    (s) => {
      s.servers.server3 = 140;
    },
    "servers.server3: must be an address such as 172.16.1.131, or {address, via}, not 140",
  ],
  [
    "an unknown marking",
    (s) => {
      s.marking = "reply";
    },
    'marking: must be every-packet or reply-only, not "reply"',
  ],

  // Single values
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
    "links.main: main is the name of one of the kernel's own tables; take another",
  ],

  // Links that are not supported yet
  [
    "a gateway from DHCP",
    (s) => {
      s.links.wan_one.gateway = "dhcp";
    },
    "links.wan_one.gateway: must be an address: only links with a static gateway so far",
  ],
  [
    "a PPP link by type",
    (s) => {
      s.links.wan_one.type = "ppp";
    },
    "links.wan_one.type: DHCP and PPP links are not supported: only links with a static gateway so far",
  ],
  [
    "a DHCP link by a key",
    (s) => {
      s.links.wan_one.dhcp = true;
    },
    "links.wan_one.dhcp: DHCP and PPP links are not supported: only links with a static gateway so far",
  ],
  [
    "a PPP device",
    (s) => {
      s.links.wan_one.device = "ppp0";
    },
    "links.wan_one.device: ppp0 is a PPP link: only links with a static gateway so far",
  ],

  // What links must have for themselves
  [
    "equal ids",
    (s) => {
      s.links.wan_two.id = 1;
    },
    "links.wan_two.id: 1 is the id of wan_one already",
  ],
  [
    "equal devices",
    (s) => {
      s.links.wan_two.device = "eth1";
    },
    "links.wan_two.device: eth1 is the device of wan_one already",
  ],
  [
    "the LAN's device",
    (s) => {
      s.links.wan_two.device = "eth0";
    },
    "links.wan_two.device: eth0 is the device of the LAN already",
  ],
  [
    "equal gateways",
    (s) => {
      s.links.wan_two.gateway = "149.99.251.145";
    },
    "links.wan_two.gateway: 149.99.251.145 is the gateway of wan_one already",
  ],
  [
    "a gateway inside the LAN",
    (s) => {
      s.links.wan_two.gateway = "172.16.1.254";
    },
    "links.wan_two.gateway: 172.16.1.254 is in the LAN 172.16.1.0/24: the gateway must be the ISP's router",
  ],
  [
    "equal marks",
    (s) => {
      s.links.wan_two.mark = 1;
    },
    "links.wan_two.mark: mark 0x1 is that of wan_one (from id 1) already",
  ],
  [
    "equal tables",
    (s) => {
      s.links.wan_two.table = 1;
    },
    "links.wan_two.table: table 1 is that of wan_one (from id 1) already",
  ],
  [
    "equal priorities",
    (s) => {
      s.links.wan_two.priority = 1024;
    },
    "links.wan_two.priority: priority 1024 is that of wan_one (from id 1) already",
  ],
  [
    "equal priorities of the from-rules",
    (s) => {
      s.links.wan_one.fromPriority = 1150;
      s.links.wan_two.fromPriority = 1150;
    },
    "links.wan_two.fromPriority: priority of the from-rules 1150 is that of wan_one already",
  ],
  [
    "a mark outside the mask",
    (s) => {
      s.mask = "0xff00";
      s.links.wan_two.mark = 2;
    },
    "links.wan_two.mark: mark 0x2 has bits outside the mask 0xff00",
  ],
  [
    "an id that the mask has no room for",
    (s) => {
      s.mask = 0x3;
      s.links.wan_two.id = 4;
    },
    "links.wan_two.id: mark 0x4 (from id 4) has bits outside the mask 0x3",
  ],
  [
    "strict reverse path without marks on all packets",
    (s) => {
      s.marking = "reply-only";
      s.links.wan_one.reversePath = "strict";
    },
    "links.wan_one.reversePath: strict needs marking: every-packet, since the kernel's check must see the mark on arriving packets; take loose",
  ],

  // The order of rules
  [
    "a fwmark rule behind the from-rules",
    (s) => {
      s.links.wan_two.priority = 1200;
    },
    "links.wan_two.priority: the from-rules of wan_one (priority 1124) must come behind every fwmark rule (that of wan_two has 1200)",
    "links.wan_two.priority: the from-rules of wan_two (priority 1125) must come behind every fwmark rule (that of wan_two has 1200)",
  ],
  [
    "from-rules before a fwmark rule",
    (s) => {
      s.links.wan_two.fromPriority = 1000;
    },
    "links.wan_two.fromPriority: the from-rules of wan_two (priority 1000) must come behind every fwmark rule (that of wan_two has 1025)",
  ],
  [
    "via before the from-rules",
    (s) => {
      s.sourcePriority = 1100;
    },
    "sourcePriority: the rules of servers with via (sourcePriority 1100) must come behind every from-rule (that of wan_two has 1125)",
  ],
  [
    "from-rules behind via",
    (s) => {
      s.links.wan_two.fromPriority = 5000;
    },
    "links.wan_two.fromPriority: the rules of servers with via (sourcePriority 1223) must come behind every from-rule (that of wan_two has 5000)",
  ],

  // Names of others
  [
    "a default that names no link",
    (s) => {
      s.default = "wan_on";
    },
    'default: there is no link "wan_on"; did you mean wan_one?',
  ],
  [
    "via that names no link",
    (s) => {
      s.servers.server1 = { address: "172.16.1.131", via: "dsl" };
    },
    'servers.server1.via: there is no link "dsl"; the links are wan_one, wan_two',
  ],
  [
    "publish that names no link",
    (s) => {
      s.publish[3].link = "wan_tow";
    },
    'publish[3].link: there is no link "wan_tow"; did you mean wan_two?',
  ],
  [
    "publish that names no server",
    (s) => {
      s.publish[3].server = "mail";
    },
    'publish[3].server: there is no server "mail"; the servers are server1, server2, server3',
  ],

  // Addresses
  [
    "the router's LAN address outside the LAN",
    (s) => {
      s.lan.address = "172.16.2.1";
    },
    "lan.address: 172.16.2.1 is not in 172.16.1.0/24",
  ],
  [
    "LANs that overlap",
    (s) => {
      s.lan = [s.lan, { device: "eth5", networks: ["172.16.0.0/16"] }];
    },
    "lan[1].networks[0]: 172.16.0.0/16 overlaps 172.16.1.0/24",
  ],
  [
    "one LAN device twice",
    (s) => {
      s.lan = [s.lan, { device: "eth0", networks: ["10.0.0.0/24"] }];
    },
    "lan[1].device: eth0 is listed already: put all its networks there",
  ],
  [
    "a server outside the LAN",
    (s) => {
      s.servers.server3 = "10.0.0.5";
    },
    "servers.server3: 10.0.0.5 is outside the LAN (172.16.1.0/24)",
  ],
  [
    "two servers with one address",
    (s) => {
      s.servers.server3 = "172.16.1.130";
    },
    "servers.server3: 172.16.1.130 is the address of server2 already",
  ],
  [
    "a server that is the router",
    (s) => {
      s.servers.server3 = "172.16.1.1";
    },
    "servers.server3: 172.16.1.1 is the router's own address on the LAN",
  ],
  [
    "one alias on two links",
    (s) => {
      s.publish[3].address = "123.234.1.11";
      s.publish[3].tcp = [1495];
    },
    "publish[3].address: 123.234.1.11 is an address of wan_one already: only one ISP sends it here",
  ],
  [
    "the router's LAN address published",
    (s) => {
      s.publish[0].address = "172.16.1.1";
    },
    "publish[0].address: 172.16.1.1 is the router's address on the LAN; it must be one that an ISP sends here",
  ],
  [
    "an address inside the LAN published",
    (s) => {
      s.publish[0].address = "172.16.1.7";
    },
    "publish[0].address: 172.16.1.7 is inside the LAN 172.16.1.0/24; it must be one that an ISP sends here",
  ],
  [
    "a gateway published",
    (s) => {
      s.publish[0].address = "149.99.251.145";
    },
    "publish[0].address: 149.99.251.145 is the gateway of wan_one",
  ],
  [
    "an alias inside the LAN",
    (s) => {
      s.links.wan_one.aliases = ["172.16.1.9"];
    },
    "links.wan_one.aliases[0]: 172.16.1.9 is inside the LAN 172.16.1.0/24; it must be one that an ISP sends here",
  ],
  [
    "the router as its own operator",
    (s) => {
      s.management = ["123.234.1.10/32"];
    },
    "management[0]: 123.234.1.10/32 is the router's own address: management is where the operator comes from",
  ],

  // Doors
  [
    "one door for two servers",
    (s) => {
      s.publish[2].address = "123.234.1.12";
    },
    "publish[2].tcp[0]: 123.234.1.12 tcp 80 is published to server2 already",
  ],
  [
    "a range over a door",
    (s) => {
      s.publish[2] = { link: "wan_one", address: "123.234.1.12", server: "server3", tcp: ["20-30"] };
    },
    "publish[2].tcp[0]: 123.234.1.12 tcp 20-30 is published to server2 already (25)",
  ],
  [
    "a door without ports",
    (s) => {
      s.publish[4].tcp = [];
    },
    "publish[4]: publishes nothing: give tcp or udp ports",
  ],
];

test.each(mistakes)("%s", (_, edit, ...texts) => {
  expect(faults(edit)).toEqual(texts.map((text) => `multiwan:site.${text}`));
});

test("no site at all", () => {
  const result = checkSite(undefined);
  expect("faults" in result && formatFaults(result.faults, "multiwan:site")).toEqual(["multiwan:site: is missing"]);
});

test("the door that the operator comes in by is not given away", () => {
  const edit: Edit = (s) => {
    s.publish[0].address = "123.234.1.10";
    s.publish[0].tcp = [{ port: 22, to: 2222 }];
  };
  expect(faults(edit, { host: "123.234.1.10", port: 22 })).toEqual([
    "multiwan:site.publish[0].tcp[0]: 123.234.1.10 tcp 22 is where multiwan:router logs in: the operator would be locked out",
  ]);
  expect(faults(edit, { host: "172.16.1.1", port: 22 })).toEqual([]);
});

test("a small mark without a mask means the low byte, and others must fit in there", () => {
  const small: Edit = (s) => {
    NO_MASK(s);
    s.links.wan_one.mark = 1;
  };
  expect(faults(small)).toEqual([]);
  expect(
    faults((s) => {
      small(s);
      s.links.wan_two.mark = "0x2000000";
    }),
  ).toEqual(["multiwan:site.links.wan_two.mark: mark 0x2000000 has bits outside the mask 0xff"]);
});

test("everything is told at once, in the order of the documentation, whatever else is unreadable", () => {
  const text = faults((s) => {
    s.hairpin = 1;
    s.links.wan_two = { device: "eth1", id: 1, gateway: "dhcp", speed: 100 };
    s.publish.push({ link: "wan_one", address: "123.234.1.11", server: "server2", tcp: ["x", 1494] });
    s.default = "wan_three";
    s.servers.server1 = null;
  });
  expect(text.join("\n")).toMatchInlineSnapshot(`
"multiwan:site.default: there is no link "wan_three"; the links are wan_one, wan_two
multiwan:site.links.wan_two.speed: is not a setting; the settings here are id, device, gateway, address, aliases, existing, onlink, table, mark, priority, fromPriority, reversePath
multiwan:site.links.wan_two.id: 1 is the id of wan_one already
multiwan:site.links.wan_two.device: eth1 is the device of wan_one already
multiwan:site.links.wan_two.gateway: must be an address: only links with a static gateway so far
multiwan:site.servers.server1: is empty: give a value, or take the line out
multiwan:site.publish[5].tcp[0]: must be a port such as 25, a range such as 5000-5010, or {port: 8080, to: 80}, not "x"
multiwan:site.publish[5].tcp[1]: 123.234.1.11 tcp 1494 is published to server1 already
multiwan:site.hairpin: must be true or false, not 1"
`);
});

test.each<[string, Edit]>([
  [
    "numbers in quotes",
    (s) => {
      s.links.wan_one.id = "1";
      s.publish[0].tcp = ["1494"];
      s.defaultMetric = "100";
    },
  ],
  [
    "marks in hex or decimal, in quotes",
    (s) => {
      s.mask = "0xFFFFFFFF";
      s.links.wan_one.mark = "17";
    },
  ],
  [
    "several LANs",
    (s) => {
      s.lan = [s.lan, { device: "eth5", networks: ["10.0.0.0/24", "10.0.1.0/24"] }];
      s.servers.far = "10.0.1.7";
    },
  ],
  [
    "a range beside a port",
    (s) => {
      s.publish[0].tcp = [1494, "1495-1500"];
      s.publish[0].udp = [1494];
    },
  ],
  [
    "the device's own address published",
    (s) => {
      s.links.wan_one.existing = ["149.99.251.146"];
      s.publish[0].address = "149.99.251.146";
    },
  ],
])("%s: fine", (_, edit) => {
  expect(faults(edit)).toEqual([]);
});
