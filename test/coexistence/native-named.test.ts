/** The warning about a table of nft's own names a rule that packets of the stack may meet, not the table's first. */
import { expect, test } from "@jest/globals";
import { nativeWarnings } from "../../provider/coexistence/warnings.ts";
import { nativeThreats } from "../../provider/dialects/nftables/nft-native.ts";

const table = `table ip libvirt_network {
	chain forward {
		type filter hook forward priority filter; policy accept;
		oif "virbr0" counter reject
	}
	chain guest_nat {
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr 192.168.122.0/24 counter masquerade
	}
}
`;

test("libvirt's table, with rules of its bridge before the one that is for any device", () => {
  const networks = ["172.16.1.0/24", "192.168.0.0/16"];
  const [warning, ...more] = nativeWarnings(
    { native: nativeThreats(table) },
    { devices: new Set(["eth0", "eth1"]), networks },
  );
  expect(more).toEqual([]);
  expect(warning).toContain('"ip saddr 192.168.122.0/24 counter masquerade" in chain guest_nat. iptables');
  expect(warning).not.toContain("virbr0");
});

test("nothing, where its networks are none of the stack's", () => {
  const stack = { devices: new Set(["eth0", "eth1"]), networks: ["172.16.1.0/24", "192.168.1.0/24", "216.111.1.11"] };
  expect(nativeWarnings({ native: nativeThreats(table) }, stack)).toEqual([]);
  const anyOf = table.replace("ip saddr 192.168.122.0/24", "ip saddr { 192.168.122.0/24, 198.51.100.0/24 }");
  expect(nativeWarnings({ native: nativeThreats(anyOf) }, stack)).toHaveLength(1);
});
