/** Several mistakes at once, none at all, and what needs more than the site to be seen. */
import { expect, test } from "@jest/globals";
import { checkSite, formatFaults } from "../../../provider/site/check.ts";
import { type Edit, faults, NO_MASK } from "./mistakes.ts";

test("the seed's site has no fault", () => {
  expect(faults(() => {})).toEqual([]);
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
