import fc from "fast-check";
import { canonicalRule } from "../../provider/dialects/iptables/canonical-rule.ts";
import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import type { Line, RouteType } from "../../provider/model/line.ts";

/** Lines as the parsers and the kinds make them: every field in its normal form. */

export const address = fc
  .tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))
  .map((bytes) => bytes.join("."))
  .filter((text) => text !== "0.0.0.0");

const network = fc.tuple(address, fc.integer({ min: 1, max: 32 })).map(([base, prefix]) => `${base}/${prefix}`);
const bare = (text: string) => text.replace(/\/32$/, "");
export const device = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,14}$/);
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const chain = fc.stringMatching(/^mw-[a-z0-9-]{1,12}$/);
const table = fc.constantFrom("raw" as const, "mangle" as const, "nat" as const, "filter" as const);

const addressLine = fc.record({
  kind: fc.constant("address" as const),
  device,
  address,
  prefix: fc.integer({ min: 0, max: 32 }),
});

const sysctlLine = fc.record({
  kind: fc.constant("sysctl" as const),
  key: device.map((name) => `net.ipv4.conf.${name.replaceAll(".", "/")}.rp_filter`),
  value: fc.nat(2).map(String),
});

const tableNameLine = fc.record({
  kind: fc.constant("table-name" as const),
  id: u32,
  name: fc.stringMatching(/^[a-z_][a-z0-9_]{0,10}$/),
});

const routeLine = fc.record(
  {
    kind: fc.constant("route" as const),
    type: fc.constantFrom<RouteType>("unicast", "unreachable", "blackhole", "prohibit", "throw", "local", "broadcast"),
    destination: fc.oneof(fc.constant("default"), network),
    gateway: address,
    device,
    table: u32,
    protocol: fc.constantFrom("static", "dhcp", "kernel", "99"),
    scope: fc.constantFrom("link", "host", "site", "100"),
    source: address,
    metric: u32,
    onlink: fc.boolean(),
    rest: fc.constantFrom("mtu 1400", "tos 0x10 mtu lock 1400", "nexthop via 10.0.0.1 dev eth1 weight 1", "nhid 5"),
  },
  { requiredKeys: ["kind", "type", "destination", "table", "metric", "onlink"] },
);

const ruleLine = fc
  .record(
    {
      kind: fc.constant("rule" as const),
      priority: u32,
      from: fc.oneof(fc.constant("all"), network.map(bare)),
      to: network.map(bare),
      mark: u32,
      mask: fc.integer({ min: 0, max: 0xfffffffe }),
      table: fc.integer({ min: 1, max: 0xffffffff }),
      rest: fc.constantFrom(
        "not",
        "not tos 0x10 iif eth0 proto static",
        "suppress_prefixlength 0",
        "ipproto tcp sport 80",
      ),
    },
    { requiredKeys: ["kind", "priority", "from"] },
  )
  .map(({ mask, ...line }) => (line.mark === undefined || mask === undefined ? line : { ...line, mask }));

const mark = u32.map((value) => `0x${value.toString(16)}`);
const port = fc.integer({ min: 1, max: 65535 });

/** Rules of the shapes that we write, in any spelling that a kind may choose. */
export const ourRule = fc
  .oneof(
    mark.map((m) => `-m mark --mark ${m} -j RETURN`),
    fc.tuple(mark, mark).map(([m, mask]) => `-m connmark ! --mark ${m}/${mask} -g mw-set`),
    fc
      .tuple(fc.constantFrom("eth1", "ppp+"), mark, mark)
      .map(([d, m, mask]) => `! -i ${d} -j MARK --set-xmark ${m}/${mask}`),
    mark.map((m) => `-j CONNMARK --restore-mark --mask ${m}`),
    mark.map((m) => `-j CONNMARK --save-mark --nfmask ${m} --ctmask ${m}`),
    fc
      .tuple(address, port, address)
      .map(([d, p, s]) => `-d ${d} -p tcp --dport ${p} -j DNAT --to-destination ${s}:${p}`),
    fc.tuple(network, address).map(([s, a]) => `-s ${s} -o eth1 -j SNAT --to-source ${a}`),
    fc.tuple(address).map(([a]) => `-m conntrack --ctorigdst ${a} --ctstate DNAT -j ACCEPT`),
    fc
      .string({ minLength: 1, maxLength: 20, unit: "grapheme-ascii" })
      .map((text) => `-m comment --comment ${quoted(text)} -j ACCEPT`),
  )
  .map(canonicalRule);

function quoted(text: string): string {
  return `"${text.replace(/["'\\]/g, "\\$&")}"`;
}

const chainLine = fc.record({
  kind: fc.constant("chain" as const),
  table,
  chain,
  rules: fc.array(ourRule.map(parseRule), { maxLength: 5 }),
});

const hookLine = fc.record({
  kind: fc.constant("hook" as const),
  table,
  chain: fc.constantFrom("PREROUTING", "POSTROUTING", "OUTPUT", "FORWARD"),
  rule: chain.map((name) => parseRule(`-j ${name}`)),
});

export const line: fc.Arbitrary<Line> = fc.oneof(
  ...[addressLine, sysctlLine, tableNameLine, routeLine, ruleLine, chainLine, hookLine],
) as fc.Arbitrary<Line>;
