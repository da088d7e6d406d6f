import { expect, test } from "@jest/globals";
import { keepalivedAddresses, moverOf, signedAddresses } from "../../provider/coexistence/moving.ts";

const CONF = `! Configuration File for keepalived
global_defs {
   router_id north
}
vrrp_instance VI_1 {
    virtual_ipaddress {
        192.168.200.16/24
        192.168.200.17 dev eth2 label eth2:1
        # 192.168.200.18
        2001:db8::1/64
    }
    interface eth1
    authentication { auth_type PASS
      auth_pass 1.2.3.4 }
    virtual_ipaddress_excluded { 10.0.0.9/32 brd 10.0.0.9
    }
    virtual_routes {
        10.1.0.0/16 via 10.0.0.1 dev eth1
    }
}
vrrp_instance VI_2 { interface eth3
  virtual_ipaddress {
    10.3.0.1
  } }
virtual_server 192.168.200.100 443 { real_server 192.168.201.100 443 { } }`;

test("the addresses of each instance, with the device that they come to", () => {
  expect(keepalivedAddresses(CONF)).toEqual([
    { by: "keepalived", address: "192.168.200.16", device: "eth1" },
    { by: "keepalived", address: "192.168.200.17", device: "eth2" },
    { by: "keepalived", address: "10.0.0.9", device: "eth1" },
    { by: "keepalived", address: "10.3.0.1", device: "eth3" },
  ]);
  expect(keepalivedAddresses("")).toEqual([]);
});

test("the kernel's own note of who put an address there", () => {
  const show = `2: eth1: <UP> mtu 1500
    inet 10.0.0.1/24 brd 10.0.0.255 scope global eth1
    inet 10.0.0.9/32 scope global proto keepalived eth1
    inet 10.0.0.8/32 scope global proto 18 eth1:vip`;
  expect(signedAddresses(show).map(({ address }) => address)).toEqual(["10.0.0.9", "10.0.0.8"]);
});

test("one that is not in the configuration is an ordinary one, also beside keepalived", () => {
  const seen = {
    addresses: [],
    moving: keepalivedAddresses(CONF),
    capabilities: { daemons: ["keepalived"] },
  };
  const line = (address: string, prefix = 32) => ({ kind: "address", device: "eth1", address, prefix }) as const;
  expect(moverOf(line("10.0.0.9"), false, seen)).toBe("keepalived");
  expect(moverOf(line("10.0.0.7"), true, seen)).toBeUndefined();
  const silent = { ...seen, moving: [], capabilities: { daemons: ["pacemakerd"] } };
  expect(moverOf(line("10.0.0.7"), true, silent)).toBe("Pacemaker");
  expect(moverOf(line("10.0.0.7"), false, silent)).toBeUndefined();
  expect(moverOf(line("10.0.0.7", 24), true, silent)).toBeUndefined();
});
