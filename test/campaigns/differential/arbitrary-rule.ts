/** Rules of iptables within the model, in the words of iptables-restore. */
import fc from "fast-check";
import type { IptablesTable } from "../../../provider/model/line.ts";
import { DEVICES, OWN_PORTS } from "./wire.ts";

export type Pool = {
  /** Addresses that packets have. */
  readonly addresses: readonly string[];
  /** What rules and routes name. */
  readonly networks: readonly string[];
};

export const PORTS = [...OWN_PORTS, 81, 5005, 5353];

const mark = fc.constantFrom("0x1", "0x2", "0x3", "0x10", "0x80001", "0x0", "0xff");
const mask = fc.constantFrom("0xff", "0x3", "0x1", "0xf0", "0xffffffff", "0x80000");
const masked = fc.tuple(mark, mask).map(([value, bits]) => `${value}/${bits}`);
const not = fc.constantFrom("", "", "! ");
const pick = <Value>(values: readonly Value[]) => fc.constantFrom(...values);
const port = pick(PORTS);
const ports = fc
  .uniqueArray(fc.oneof(port.map(String), fc.constantFrom("5000:5010", "20000:20005", "20:90")), {
    minLength: 1,
    maxLength: 4,
  })
  .map((list) => list.join(","));

function has(hook: string, what: "in" | "out"): boolean {
  return what === "in" ? /PREROUTING|INPUT|FORWARD/.test(hook) : /OUTPUT|FORWARD|POSTROUTING/.test(hook);
}

function repeated<Value>(times: number, one: fc.Arbitrary<Value>): fc.Arbitrary<Value>[] {
  return Array.from({ length: times }, () => one);
}

/** What a rule in that hook may ask; in a chain of a user (hook `""`) nothing that depends on the hook. */
function matches(hook: string, pool: Pool): fc.Arbitrary<string> {
  const device = pick([...DEVICES, "eth+"]);
  const all: fc.Arbitrary<string>[] = [
    fc.constant(""),
    fc.tuple(not, pick(pool.networks)).map(([no, n]) => `${no}-s ${n}`),
    fc.tuple(not, pick(pool.networks)).map(([no, n]) => `${no}-d ${n}`),
    fc.tuple(not, pick(pool.addresses)).map(([no, a]) => `${no}-d ${a}`),
    fc.tuple(not, pick(["tcp", "udp", "icmp"])).map(([no, p]) => `${no}-p ${p}`),
    fc.tuple(pick(["tcp", "udp"]), not, port).map(([p, no, n]) => `-p ${p} -m ${p} ${no}--dport ${n}`),
    fc.tuple(pick(["tcp", "udp"]), not, port).map(([p, no, n]) => `-p ${p} -m ${p} ${no}--sport ${n}`),
    fc
      .tuple(pick(["tcp", "udp"]), not, pick(["--dports", "--sports", "--ports"]), ports)
      .map(([p, no, which, list]) => `-p ${p} -m multiport ${no}${which} ${list}`),
    fc.constantFrom("-p tcp -m tcp --syn", "-p tcp -m tcp ! --syn", "-p tcp -m tcp --tcp-flags SYN,ACK SYN,ACK"),
    fc.constantFrom(
      "-p icmp -m icmp --icmp-type 8",
      "-p icmp -m icmp --icmp-type 0",
      "-p icmp -m icmp ! --icmp-type 8/0",
    ),
    fc.tuple(not, masked).map(([no, m]) => `-m mark ${no}--mark ${m}`),
    fc.tuple(not, masked).map(([no, m]) => `-m connmark ${no}--mark ${m}`),
    fc
      .tuple(not, pick(["LOCAL"]), pick(["--dst-type", "--src-type"]))
      .map(([no, t, w]) => `-m addrtype ${no}${w} ${t}`),
    fc
      .tuple(not, pick(pool.addresses), pick(["--src-range", "--dst-range"]))
      .map(([no, a, which]) => `-m iprange ${no}${which} ${a}-${a.replace(/\d+$/, "254")}`),
    fc
      .tuple(not, pick(["NEW", "ESTABLISHED", "RELATED,ESTABLISHED", "DNAT", "SNAT", "NEW,DNAT", "INVALID"]))
      .map(([no, s]) => `-m conntrack ${no}--ctstate ${s}`),
    pick(["ORIGINAL", "REPLY"]).map((d) => `-m conntrack --ctdir ${d}`),
    fc
      .tuple(not, pick(["--ctorigsrc", "--ctorigdst", "--ctreplsrc", "--ctrepldst"]), pick(pool.networks))
      .map(([no, which, n]) => `-m conntrack ${no}${which} ${n}`),
    fc.tuple(not, port).map(([no, n]) => `-m conntrack ${no}--ctorigdstport ${n}`),
  ];
  if (hook === "" || has(hook, "in")) all.push(fc.tuple(not, device).map(([no, d]) => `${no}-i ${d}`));
  if (hook === "" || has(hook, "out")) all.push(fc.tuple(not, device).map(([no, d]) => `${no}-o ${d}`));
  return fc.oneof(...all);
}

/** Two matches that both name a protocol, or one option twice, are no rule. */
function together(parts: readonly string[]): string {
  const taken = new Set<string>();
  return parts
    .filter((part) => {
      const words = part.split(" ").filter((word) => /^-[a-z]$/.test(word) && word !== "-m");
      const modules = [...part.matchAll(/-m (\w+)/g)].map((found) => found[1]!);
      const clash = [...words, ...modules].some((word) => taken.has(word));
      for (const word of [...words, ...modules]) taken.add(word);
      return !clash && part !== "";
    })
    .toSorted((a, b) => Number(a.includes("-m ")) - Number(b.includes("-m ")))
    .join(" ");
}

function targets(table: IptablesTable, hook: string, pool: Pool, chains: readonly string[]): fc.Arbitrary<string> {
  const verdicts = ["-j ACCEPT", "-j RETURN", "-j LOG", ...(table === "nat" ? [] : ["-j DROP"])];
  const jumps = chains.flatMap((chain) => [`-j ${chain}`, `-j ${chain}`, `-g ${chain}`]);
  const inside = pick(pool.addresses);
  const to = fc.oneof(
    inside,
    fc.tuple(inside, port).map(([a, p]) => `${a}:${p}`),
  );
  const marks = [
    masked.map((m) => `-j MARK --set-xmark ${m}`),
    masked.map((m) => `-j CONNMARK --set-xmark ${m}`),
    fc
      .tuple(pick(["--save-mark", "--restore-mark"]), mask, mask)
      .map(([what, n, c]) => `-j CONNMARK ${what} --nfmask ${n} --ctmask ${c}`),
  ];
  const simple = pick([...verdicts, ...(jumps.length > 0 ? [...jumps, ...jumps] : ["-j ACCEPT"])]);
  if (table === "mangle") return fc.oneof(simple, ...marks, ...marks);
  if (table === "raw") return simple;
  if (table === "nat" && (hook === "PREROUTING" || hook === "OUTPUT"))
    return fc.oneof(
      simple,
      ...repeated(
        3,
        to.map((address) => `-j DNAT --to-destination ${address}`),
      ),
    );
  if (table === "nat" && hook === "POSTROUTING")
    return fc.oneof(
      simple,
      fc.constant("-j MASQUERADE"),
      fc.constant("-j MASQUERADE"),
      inside.map((a) => `-j SNAT --to-source ${a}`),
    );
  if (table === "nat" && hook === "INPUT")
    return fc.oneof(
      simple,
      inside.map((a) => `-j SNAT --to-source ${a}`),
    );
  return fc.oneof(simple, simple, ...marks.slice(1));
}

export function ruleArbitrary(
  table: IptablesTable,
  hook: string,
  pool: Pool,
  chains: readonly string[],
): fc.Arbitrary<string> {
  const parts = fc.array(matches(hook, pool), { minLength: 0, maxLength: 3 });
  return fc.tuple(parts, targets(table, hook, pool, chains)).map(([list, target]) => {
    const text = together(list);
    // A port is for rules that say which protocol.
    return `${text} ${/(^|[^!] )-p (tcp|udp)/.test(text) ? target : target.replace(/:\d+$/, "")}`.trim();
  });
}
