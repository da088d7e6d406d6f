/** Links that are not supported yet, and what each must have for itself; the order of rules; names of others. */
import { mistakes } from "./mistakes.ts";

mistakes([
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
  [
    "no room before the first fwmark rule",
    (s) => {
      s.links.wan_one.priority = 1;
    },
    "links.wan_one.priority: the rules by which what comes in finds networks inside (inboundPriority 0) must come before every fwmark rule (that of wan_one has 1)",
  ],
  [
    "what comes in asks behind a fwmark rule",
    (s) => {
      s.inboundPriority = 1024;
    },
    "inboundPriority: the rules by which what comes in finds networks inside (inboundPriority 1024) must come before every fwmark rule (that of wan_one has 1024)",
  ],
  [
    "no room between the marks and the sources",
    (s) => {
      s.links.wan_two.priority = 1123;
    },
    "links.wan_two.priority: the rules by which replies find networks inside (insidePriority 1123) must come behind every fwmark rule (that of wan_two has 1123) and before every rule by source (the first has 1124)",
  ],
  [
    "replies ask behind the sources",
    (s) => {
      s.insidePriority = 1200;
    },
    "insidePriority: the rules by which replies find networks inside (insidePriority 1200) must come behind every fwmark rule (that of wan_two has 1025) and before every rule by source (the first has 1124)",
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
]);
