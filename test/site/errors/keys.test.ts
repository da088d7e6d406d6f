/** Keys that are unknown, missing, empty or of another type. */
import { mistakes } from "./mistakes.ts";

mistakes([
  // Keys
  [
    "a name that JavaScript keeps for itself",
    (s) => {
      Object.defineProperty(s.servers, "__proto__", { value: "172.16.1.99", enumerable: true });
    },
    "servers.__proto__: cannot be used as a name here; take another",
  ],
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
]);
