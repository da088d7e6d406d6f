import { contains, lengthOf } from "../../model/ip.ts";
import { type RouteLine, type TableNames, UNKNOWN_TABLE } from "../../model/line.ts";
import { type KeepUnknown, orElse } from "../../model/not-understood.ts";
import { parseRoute } from "./route.ts";
import { type TableIdOf, tableIdOf } from "./table-name.ts";

/**
 * IPv4 routes in the output of `ip route show table all`, iproute2 of any age or busybox. Nexthops of a multipath
 * route, which come on lines of their own, go to `rest`.
 */
export function parseRoutes(text: string, names: TableNames, keep?: KeepUnknown): readonly RouteLine[] {
  const idOf = tableIdOf(names);
  return joined(text)
    .filter((line) => !isIpv6(line))
    .flatMap((line) =>
      orElse(
        () => inSomeTable(line, idOf),
        (error) => {
          if (!keep || !LIKE_A_ROUTE.test(line)) throw error;
          keep("ip route", line);
          return [];
        },
      ),
    );
}

/** What has none of these words is no line of a routing table: then the whole output is nothing to go by. */
const LIKE_A_ROUTE = /^\S+ .*\b(dev|via|table|proto|scope|metric) \S/;

/** A table whose name tells no id is somebody else's. */
function inSomeTable(text: string, idOf: TableIdOf): RouteLine {
  const route = parseRoute(text, (word) => idOf(word) ?? UNKNOWN_TABLE);
  if (route.table !== UNKNOWN_TABLE) return route;
  const [table] = / table \S+/.exec(text) ?? [""];
  return { ...route, rest: `${route.rest ?? ""}${table}`.trim() };
}

/** One line per route: what is indented continues the route above. */
function joined(text: string): readonly string[] {
  const routes: string[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const last = routes.length - 1;
    if (!/^\s/.test(line) || last < 0) routes.push(line.trim());
    // Cached entries of kernels before 3.6 are no configuration.
    else if (/^\s+cache\b/.test(line)) routes.pop();
    else routes[last] += ` ${line.trim()}`;
  }
  return routes;
}

/** A destination, gateway or source with colons, or a word that only IPv6 routes have. `via inet6` is an IPv4 route. */
function isIpv6(line: string): boolean {
  return (
    /^(\w+ )?[0-9a-f]*:[0-9a-f:.]*(\/\d+)?( |$)/i.test(line) || /^.*\bvia (?=\S*:)|\bsrc \S*:| pref \w+$/.test(line)
  );
}

/** The longest prefix of a table that has all of a network, and of several the one of the lowest metric. */
export function longestMatch(routes: readonly RouteLine[], table: number, network: string): RouteLine | undefined {
  const [address = ""] = network.split("/");
  return routes
    .filter((route) => route.table === table && lengthOf(route.destination) <= lengthOf(network))
    .filter(({ destination }) => destination === "default" || contains(destination, address))
    .toSorted((a, b) => lengthOf(b.destination) - lengthOf(a.destination) || a.metric - b.metric)[0];
}
