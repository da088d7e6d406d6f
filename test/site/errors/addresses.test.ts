/** Addresses, and the doors at them. */
import { mistakes } from "./mistakes.ts";

mistakes([
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
]);
