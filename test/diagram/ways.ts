/** Ways to draw, as a walk through the declared lines finds them, and others that no site should have. */
import { wayOf } from "../../provider/diagram/from-walk.ts";
import type { Graph } from "../../provider/diagram/graph.ts";
import { graphOf } from "../../provider/diagram/site-graph.ts";
import { withWay } from "../../provider/diagram/steps.ts";
import type { Way } from "../../provider/diagram/way.ts";
import { firstPacket } from "../../provider/proof/index.ts";
import { declaredMachine } from "../../provider/site/declared.ts";
import { prod } from "./sites.ts";

export function walked(source: string, destination: string, destinationPort: number, inDevice?: string): Way {
  const packet = firstPacket("tcp", { source, sourcePort: 50123, destination, destinationPort });
  return wayOf(declaredMachine(prod), prod, `tcp ${source} -> ${destination}:${destinationPort}`, packet, inDevice);
}

/** What the write-up is about: in by ISP 1, and the reply leaves by ISP 2, which drops it. */
export const asymmetric: Way = {
  title: "tcp 198.51.100.20 -> 123.234.1.12:25",
  legs: [
    {
      ...{ name: "request", from: "198.51.100.20", to: "172.16.1.130", inDevice: "eth1", outDevice: "eth0" },
      ...{ link: "wan_one", notes: ["DNAT to 172.16.1.130:25"], verdict: "delivered" },
    },
    {
      ...{ name: "reply", from: "172.16.1.130", to: "198.51.100.20", inDevice: "eth0", outDevice: "eth2" },
      ...{ link: "wan_one", notes: ["no mark", "the ISP of wan_two drops the source"], verdict: "dropped" },
    },
  ],
};

export function drawn(way: Way): Graph {
  return withWay(graphOf(prod, "multiwan / prod"), prod, way);
}

/** `internet > isp:wan_one > link:wan_one`, and the device in between where there is one. */
export function trail(graph: Graph, leg: number): string {
  const { steps } = graph.way!.legs[leg]!;
  return steps
    .flatMap(({ from, to, over }, i) => [...(i === 0 ? [from] : []), ...(over === undefined ? [] : [`(${over})`]), to])
    .join(" > ");
}
