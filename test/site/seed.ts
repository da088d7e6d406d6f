/** The site of the two-ISP write-up, as Pulumi.prod.yaml has it. */
import type { SiteArgs } from "../../provider/site/schema.ts";

export const seed = {
  mask: 0xffffffff,
  marking: "every-packet",
  default: "wan_one",
  lan: { device: "eth0", networks: ["172.16.1.0/24"], address: "172.16.1.1" },
  management: ["172.16.1.0/24"],
  links: {
    wan_one: { id: 1, device: "eth1", gateway: "149.99.251.145", address: "123.234.1.10" },
    wan_two: { id: 2, device: "eth2", gateway: "66.119.160.1", address: "216.111.1.10" },
  },
  servers: { server1: "172.16.1.131", server2: "172.16.1.130", server3: "172.16.1.140" },
  publish: [
    { link: "wan_one", address: "123.234.1.11", server: "server1", tcp: [1494] },
    { link: "wan_one", address: "123.234.1.12", server: "server2", tcp: [25, 80] },
    { link: "wan_one", address: "123.234.1.13", server: "server3", tcp: [80] },
    { link: "wan_two", address: "216.111.1.11", server: "server1", tcp: [1494] },
    { link: "wan_two", address: "216.111.1.12", server: "server2", tcp: [25] },
  ],
} satisfies SiteArgs;
