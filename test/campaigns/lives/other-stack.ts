/** What another project declares on the same router: numbers and names of its own. */
import type { Resource } from "../faults/site.ts";

export const OTHER_STACK: readonly Resource[] = [
  {
    ...{ kind: "RoutingTable", name: "office-table", dependsOn: [] },
    args: { table: 200, name: "office_isp", gateway: "192.168.99.2", device: "eth3" },
  },
  {
    ...{ kind: "ServerMap", name: "office-map", dependsOn: [] },
    args: {
      map: "office",
      entries: [{ address: "10.200.0.1", port: 80, server: "172.16.1.50" }],
      masquerade: [{ network: "10.200.1.0/24", device: "eth3" }],
    },
  },
];
