/** The warning about a table of nft's own names a rule that packets of the stack may meet, not the table's first. */
import { expect, test } from "@jest/globals";
import { nativeThreats } from "../../provider/kernel/nft-native.ts";
import { nativeWarnings } from "../../provider/neighbours/warnings.ts";

test("libvirt's table, with rules of its bridge before the one that is for any device", () => {
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
  const [warning, ...more] = nativeWarnings({ native: nativeThreats(table) }, new Set(["eth0", "eth1"]));
  expect(more).toEqual([]);
  expect(warning).toContain('"ip saddr 192.168.122.0/24 counter masquerade" in chain guest_nat. iptables');
  expect(warning).not.toContain("virbr0");
});
