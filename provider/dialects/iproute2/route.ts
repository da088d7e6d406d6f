import { formatNetwork, isAddress, parseNetwork } from "../../model/ip.ts";
import { MAIN_TABLE, type RouteLine, type RouteType, type TableNames, UNKNOWN_TABLE } from "../../model/line.ts";
import { NotUnderstood } from "../../model/not-understood.ts";
import { isDeviceName } from "./device.ts";
import { showTable, type TableIdOf } from "./table-name.ts";

/** Types that the tools print in front; unicast is not printed. */
const TYPES: ReadonlySet<string> = new Set<RouteType>([
  ...(["unicast", "unreachable", "blackhole", "prohibit", "throw", "local", "broadcast"] as const),
  ...(["multicast", "anycast", "nat"] as const),
]);

/** Flags that tell how a route fares at the moment, not what it is. */
const PASSING = new Set([
  "linkdown",
  "dead",
  "pervasive",
  "offload",
  "rt_offload",
  "trap",
  "rt_trap",
  "offload_failed",
]);
PASSING.add("rt_offload_failed").add("notify").add("unresolved").add("cache").add("[expired]");

/** `default via 149.99.251.145 dev eth1 table wan_one`, in the order of `ip route show table 0`, which is all of them. */
export function formatRoute(line: RouteLine, names?: TableNames): string {
  const destination = line.destination === "default" ? "default" : formatNetwork(parseNetwork(line.destination)!);
  // Printed before the gateway.
  const [, front = "", rest = ""] =
    /^((?:nhid \S+|encap .*?(?= mtu | nexthop |$))?) ?(.*)$/.exec(line.rest ?? "") ?? [];
  return [
    ...(line.type === "unicast" ? [] : [line.type]),
    destination,
    ...(front === "" ? [] : [front]),
    ...pair("via", line.gateway),
    ...pair("dev", line.device),
    ...pair(
      "table",
      line.table === MAIN_TABLE || line.table === UNKNOWN_TABLE ? undefined : showTable(line.table, names),
    ),
    ...pair("proto", line.protocol),
    ...pair("scope", line.scope),
    ...pair("src", line.source),
    ...pair("metric", line.metric === 0 ? undefined : String(line.metric)),
    ...(line.onlink ? ["onlink"] : []),
    ...(rest === "" ? [] : [rest]),
  ].join(" ");
}

/** One route, in canonical words or as a router printed it (multipath already joined to one line). */
export function parseRoute(text: string, idOf: TableIdOf): RouteLine {
  const words = text.trim().split(/\s+/);
  const type = TYPES.has(words[0]!) ? (words.shift() as RouteType) : "unicast";
  const printed = words.shift() ?? "";
  const network = parseNetwork(printed);
  if (printed !== "default" && !network) throw new NotUnderstood("route", text);
  const everywhere = !network || (network.prefix === 0 && network.address === "0.0.0.0");
  const fields = parseFields(words, text, idOf);
  return {
    kind: "route",
    type,
    destination: everywhere ? "default" : `${network.address}/${network.prefix}`,
    ...fields,
  };
}

type Fields = Omit<RouteLine, "kind" | "type" | "destination">;
type ReadField = (value: string, text: string, idOf: TableIdOf) => Partial<Fields> | undefined;

const passing: ReadField = () => ({});
const metric: ReadField = (value, text) => ({ metric: readMetric(value, text) });

/** Words with a value, and the fields that it is; undefined where it is none, and the word stands in `rest` like any other. */
const FIELDS: ReadonlyMap<string, ReadField> = new Map<string, ReadField>([
  ["table", (value, text, idOf) => ({ table: readTable(value, text, idOf) })],
  ["metric", metric],
  ["preference", metric],
  ["via", (value) => (isAddress(value) ? { gateway: value } : undefined)],
  ["dev", (value) => (isDeviceName(value) ? { device: value } : undefined)],
  ["src", (value) => (isAddress(value) ? { source: value } : undefined)],
  ["scope", (value) => (value === "global" ? {} : { scope: value })],
  // 3 is `boot`, what a route has that nobody signed.
  ["proto", (value) => (value === "boot" || value === "3" ? {} : { protocol: value })],
  // How it fares at the moment: `error -113`.
  ...["error", "expires", "users", "age", "used"].map((word) => [word, passing] as const),
]);

function parseFields(words: readonly string[], text: string, idOf: TableIdOf): Fields {
  const fields: { -readonly [K in keyof Fields]: Fields[K] } = { table: MAIN_TABLE, metric: 0, onlink: false };
  const rest: string[] = [];
  const at = words.indexOf("nexthop");
  const own = words.slice(0, at < 0 ? words.length : at);
  while (own.length > 0) {
    const word = own.shift()!;
    if (PASSING.has(word)) continue;
    const field = fieldOf(word, own[0], text, idOf);
    if (field) Object.assign(fields, field);
    else rest.push(word);
    if (field && word !== "onlink") own.shift();
    if (word === "encap") rest.push(...encapsulation(own));
  }
  if (words.includes("dead")) fields.dead = true;
  if (at >= 0) rest.push(...words.slice(at).filter((word) => !PASSING.has(word)));
  if (rest.length > 0) fields.rest = rest.join(" ");
  return fields;
}

function fieldOf(word: string, value: string | undefined, text: string, idOf: TableIdOf): Partial<Fields> | undefined {
  if (word === "onlink") return { onlink: true };
  return value === undefined ? undefined : FIELDS.get(word)?.(value, text, idOf);
}

/** The words behind `encap` are its own (another src, another tos), up to the next hop's. They are taken away. */
function encapsulation(words: string[]): string[] {
  const end = words.findIndex((next) => next === "via" || next === "dev");
  return words.splice(0, end < 0 ? words.length : end);
}

function readTable(word: string, text: string, idOf: TableIdOf): number {
  const id = idOf(word);
  if (id === undefined) throw new NotUnderstood("route", text, `no one id for the table name ${word} in rt_tables`);
  return id;
}

/** busybox prints a metric above 2^31 as a negative number. */
function readMetric(word: string, text: string): number {
  if (!/^-?\d{1,10}$/.test(word)) throw new NotUnderstood("route", text);
  return Number(word) >>> 0;
}

function pair(word: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [word, value];
}
