import { describe, expect, test } from "@jest/globals";
import { nativeThreats } from "../../../provider/dialects/nftables/nft-native.ts";

const inChain = (rules: readonly string[], head = "type filter hook forward priority filter; policy accept;") =>
  nativeThreats(
    ["table inet filter {", "\tchain forward {", `\t\t${head}`, ...rules.map((rule) => `\t\t${rule}`), "\t}", "}"].join(
      "\n",
    ),
  );

const selects = (rule: string) => inChain([rule])[0]?.selects;

describe("a rule of nft's own", () => {
  test.each([
    "drop",
    "reject with icmp port-unreachable",
    "meta mark set 0x00000002",
    "ct mark set meta mark",
    "ct zone set 5",
    "dnat ip to 10.0.0.1:80",
    "masquerade",
    "ip daddr set 10.0.0.1",
    "notrack",
    "flow add @f",
    "ct state vmap { established : accept, new : drop }",
    "iifname vmap @zones",
    "ct state invalid,new drop",
    "ct original ip daddr 10.0.0.1 drop",
  ])("that may stop or change a packet: %s", (rule) => {
    expect(inChain([rule])).toEqual([
      { table: "inet filter", chain: "forward", hook: "forward", text: rule, selects: {} },
    ]);
  });

  test.each([
    "accept",
    "counter packets 1 bytes 60",
    'log prefix "drop it"',
    'accept comment "no drop here"',
    "ct state invalid drop",
    "ct state vmap { invalid : drop, established : accept, related : accept }",
    "tcp flags syn tcp option maxseg size set rt mtu",
    "ip dscp set cs1",
    "meta nfproto ipv6 drop",
    "ip6 saddr fe80::/10 drop",
    "icmpv6 type echo-request drop",
    'iifname "eth1" ip6 saddr fe80::/10 drop',
  ])("that does neither: %s", (rule) => {
    expect(inChain([rule])).toEqual([]);
  });

  test.each([
    ['iifname "eth1" drop', { in: ["eth1"] }],
    ['iifname { "eth1", "ppp*" } oifname "eth0" drop', { in: ["eth1", "ppp*"], out: ["eth0"] }],
    ["ip saddr 10.0.0.0/8 ip daddr 172.16.1.5 drop", { from: ["10.0.0.0/8"], to: ["172.16.1.5"] }],
    ["tcp dport { 25, 80-90 } drop", { protocol: ["tcp"], ports: ["25", "80-90"] }],
    ["meta l4proto udp meta mark 0x0000ca6c ct mark set meta mark", { protocol: ["udp"] }],
    ['iifname != "wg0" ip daddr 10.8.0.2 fib saddr type != local drop', { to: ["10.8.0.2"] }],
    ["meta l4proto { icmp, ipv6-icmp } drop", { protocol: ["icmp", "ipv6-icmp"] }],
    ["ip saddr @bad drop", {}],
    ["ip saddr != 10.0.0.0/8 drop", {}],
  ])("%s selects what its literal values say", (rule, wanted) => {
    expect(selects(rule)).toEqual(wanted);
  });
});

test("a policy that drops; a base chain without rules does nothing; a table that is dormant neither", () => {
  expect(inChain([], "type filter hook forward priority filter; policy drop;")).toEqual([
    { table: "inet filter", chain: "forward", hook: "forward", text: "policy drop", selects: {} },
  ]);
  expect(inChain([])).toEqual([]);
  expect(
    nativeThreats(
      "table inet s {\n\tflags dormant\n\n\tchain i {\n\t\ttype filter hook input priority filter; policy drop;\n\t}\n}\n",
    ),
  ).toEqual([]);
});

test("chains that a base chain leads to, with what the jump selects; a chain that nothing leads to does nothing", () => {
  const text = `table ip fw {
	set bad {
		type ipv4_addr
		flags interval
		elements = { 10.0.0.1,
			     10.0.0.2 }
	}

	chain guests {
		tcp dport 25 drop
		jump guests
	}

	chain gue.sts {
		tcp dport 26 drop
	}

	chain idle {
		drop
	}

	chain in {
		type filter hook prerouting priority mangle + 10; policy accept;
		iifname "virbr0" jump guests
		meta l4proto vmap { tcp : goto gue.sts, udp : accept }
	}
}
table netdev early {
	chain in {
		type filter hook ingress device "eth5" priority filter; policy accept;
		ip saddr 10.0.0.0/8 drop
	}
}
`;
  expect(nativeThreats(text)).toEqual([
    {
      ...{ table: "ip fw", chain: "in", hook: "prerouting", text: "tcp dport 25 drop" },
      selects: { in: ["virbr0"], protocol: ["tcp"], ports: ["25"] },
    },
    {
      ...{ table: "ip fw", chain: "in", hook: "prerouting", text: "tcp dport 26 drop" },
      selects: { protocol: ["tcp"], ports: ["26"] },
    },
    {
      ...{ table: "netdev early", chain: "in", hook: "ingress", text: "ip saddr 10.0.0.0/8 drop" },
      selects: { in: ["eth5"], from: ["10.0.0.0/8"] },
    },
  ]);
});

test("what iptables-nft keeps in its own tables is not asked about here; a foreign base chain beside it is", () => {
  const text = `table ip mangle {
	chain PREROUTING {
		type filter hook prerouting priority mangle; policy accept;
		counter packets 0 bytes 0 drop
	}

	chain late {
		type filter hook prerouting priority mangle + 10; policy accept;
		iifname "eth0" meta mark set 0x00000002
	}
}
`;
  expect(nativeThreats(text).map(({ chain, selects }) => ({ chain, selects }))).toEqual([
    { chain: "late", selects: { in: ["eth0"] } },
  ]);
});
