/** Routers that nobody would build: random policy rules, tables, chains and settings within the model. */
import fc from "fast-check";
import { chainsArbitrary } from "./arbitrary-chains.ts";
import type { Pool } from "./arbitrary-rule.ts";
import type { Config } from "./router.ts";
import { DEVICES, type DeviceName } from "./wire.ts";

const pick = <Value>(values: readonly Value[]) => fc.constantFrom(...values);

export const POOL: Pool = {
  addresses: [
    ...["172.16.1.1", "172.16.1.50", "172.16.1.131", "172.16.2.7", "10.91.0.2", "10.91.0.1", "10.92.0.2", "10.92.0.77"],
    ...["198.18.1.11", "198.18.2.11", "198.51.100.20", "203.0.113.80", "203.0.113.81", "192.0.2.9"],
  ],
  networks: [
    ...["172.16.1.0/24", "172.16.0.0/16", "10.91.0.0/24", "10.92.0.0/24", "198.18.0.0/16", "198.18.1.11/32"],
    ...["198.51.100.0/24", "203.0.113.0/24", "203.0.113.80/32", "203.0.113.80/31", "128.0.0.0/1"],
  ],
};

const TABLES = ["100", "101", "102", "main"];
const GATEWAYS: Readonly<Record<DeviceName, string>> = {
  eth0: "172.16.1.50",
  eth1: "10.91.0.1",
  eth2: "10.92.0.1",
  eth3: "10.93.0.1",
  eth4: "10.94.0.1",
};

const masked = fc.tuple(pick(["0x1", "0x2", "0x10", "0x0"]), pick(["0xff", "0x3", "0xffffffff", "0x80001"]));

const ruleWords: fc.Arbitrary<string> = fc.oneof(
  pick(POOL.networks).map((network) => `from ${network}`),
  pick(POOL.networks).map((network) => `to ${network}`),
  pick([...DEVICES, "lo"]).map((device) => `iif ${device}`),
  pick(DEVICES).map((device) => `oif ${device}`),
  masked.map(([mark, mask]) => `fwmark ${mark}/${mask}`),
  pick(["ipproto tcp", "ipproto udp", "ipproto icmp", "dport 80", "dport 20-90", "sport 80", "sport 20000-20004"]),
  pick(["uidrange 0-0", "uidrange 1000-2000", "tos 0x10"]),
);

const action = fc.oneof(
  ...Array(6).fill(pick(TABLES).map((table) => `lookup ${table}`)),
  fc.tuple(pick(TABLES), pick(["0", "8", "24"])).map(([t, n]) => `lookup ${t} suppress_prefixlength ${n}`),
  pick(["type unreachable", "type blackhole", "type prohibit"]),
  fc.integer({ min: 1, max: 90 }).map((at) => `goto ${at * 10}`),
);

/** `not` negates the whole rule; a word that comes twice is none. */
export const policyRule = fc
  .tuple(pick(["", "", "", "not "]), fc.array(ruleWords, { maxLength: 3 }), action, fc.integer({ min: 1, max: 90 }))
  .map(([not, words, what, at]) => {
    const once = [...new Map(words.map((words) => [words.split(" ")[0]!, words])).values()];
    return `add ${not}${once.join(" ")} ${what} pref ${at * 10}`;
  });

const movedLocal = ["del pref 0", "add pref 450 lookup local"];

const way = fc.oneof(
  pick(DEVICES).map((device) => `via ${GATEWAYS[device]} dev ${device} onlink`),
  pick(DEVICES).map((device) => `dev ${device}`),
);

const destination = fc.oneof(
  fc.constant("default"),
  pick(POOL.networks),
  pick(POOL.addresses).map((address) => `${address}/32`),
);

const route = fc
  .tuple(
    fc.oneof(
      ...Array(5).fill(fc.tuple(destination, way).map(([to, by]) => `${to} ${by}`)),
      fc
        .tuple(pick(["unreachable", "blackhole", "prohibit", "throw"]), destination)
        .map(([kind, to]) => `${kind} ${to}`),
    ),
    pick(TABLES),
    pick(["", "", " metric 5", " metric 10"]),
  )
  .map(([what, table, metric]) => `${what} table ${table}${metric}`);

const setting = (name: string, values: readonly string[]) =>
  fc
    .tuple(pick(["all", ...DEVICES]), pick(values))
    .map(([of, value]): readonly [string, string] => [`net.ipv4.conf.${of}.${name}`, value]);

/** Of one device, seldom. */
const forwardsNot = pick([...DEVICES, ...DEVICES]).map((device): readonly [string, string] => [
  `net.ipv4.conf.${device}.forwarding`,
  "0",
]);

const sysctls = fc
  .tuple(
    fc.array(setting("rp_filter", ["0", "1", "2", "2"]), { maxLength: 5 }),
    fc.array(setting("src_valid_mark", ["0", "1"]), { maxLength: 2 }),
    fc.constantFrom(...Array(15).fill("1"), "0"),
    fc.array(forwardsNot, { maxLength: 1 }),
  )
  .map(([filters, marks, forward, shut]) => [...filters, ...marks, ["net.ipv4.ip_forward", forward] as const, ...shut]);

/** eth4 has no address. Its order and second addresses decide what MASQUERADE takes. */
const addresses = fc
  .subarray([
    "198.18.1.11/32 dev eth1",
    "198.18.2.11/32 dev eth2",
    "10.92.0.77/24 dev eth2",
    "192.0.2.9/32 dev eth0",
    "10.91.0.9/32 dev eth1 scope link",
    "10.94.0.2/24 dev eth4",
  ])
  .map((more) => [
    ...["172.16.1.1/24 dev eth0", "10.91.0.2/24 dev eth1", "10.92.0.2/24 dev eth2", "10.93.0.2/24 dev eth3"],
    ...more,
  ]);

const selector = fc.oneof(
  pick(POOL.networks).map((network) => `ip saddr ${network}`),
  pick(POOL.networks).map((network) => `ip daddr ${network}`),
  pick(DEVICES).map((device) => `iifname "${device}"`),
  pick(DEVICES).map((device) => `oifname "${device}"`),
  pick(["tcp dport 80", "udp dport { 80, 443 }", "meta l4proto icmp", "ip saddr != 172.16.1.0/24", "ct state new"]),
);

const HOOKS = [
  ["prerouting", "-150"],
  ["prerouting", "-50"],
  ["forward", "0"],
  ["input", "0"],
  ["output", "-150"],
  ["postrouting", "50"],
] as const;

/** A table of nft's own, one router in ten: what its rules select nothing is claimed of, and of the rest as always. */
export const nativeTable: fc.Arbitrary<string> = fc
  .tuple(
    fc.integer({ min: 0, max: 9 }),
    pick(HOOKS),
    fc.array(fc.tuple(selector, pick(["drop", "accept", "counter", "meta mark set 0x2"])), {
      minLength: 1,
      maxLength: 3,
    }),
    pick(["accept", "accept", "drop"]),
  )
  .map(([one, [hook, priority], rules, policy]) => {
    if (one > 0) return "";
    // The kernel knows no device that it has not yet, or no longer.
    const fits = ([words]: readonly [string, string]) =>
      !(words.startsWith("oifname") && /^(prerouting|input)$/.test(hook)) &&
      !(words.startsWith("iifname") && /^(output|postrouting)$/.test(hook));
    const body = rules.filter(fits).map((words) => words.join(" "));
    return `table inet foreign { chain c { type filter hook ${hook} priority ${priority}; policy ${policy}; ${body.join("; ")}; }; }`;
  });

export const routerArbitrary: fc.Arbitrary<Config> = fc
  .tuple(
    fc.array(policyRule, { maxLength: 6 }),
    fc.constantFrom(...Array(15).fill([]), movedLocal),
    fc.array(route, { minLength: 2, maxLength: 10 }),
    fc.oneof(chainsArbitrary(POOL, 2, true), chainsArbitrary(POOL, 4, false), fc.constant([])),
    sysctls,
    addresses,
    fc.constantFrom("default via 10.91.0.1 dev eth1", "default via 10.92.0.1 dev eth2", ""),
    nativeTable,
  )
  .map(([rules, moved, routes, chains, settings, own, main, native]) => ({
    addresses: own,
    rules: [...moved, ...rules],
    routes: [...(main === "" ? [] : [main]), ...routes],
    chains,
    sysctls: settings,
    ...(native !== "" && { native }),
  }));
