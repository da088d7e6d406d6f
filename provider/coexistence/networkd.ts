import type { FileLine } from "../model/line.ts";

/** What keeps systemd-networkd from deleting rules and routes of ours (networkd.conf(5)); older versions pass it over. */
export const NETWORKD_DROP_IN: FileLine = {
  kind: "file",
  path: "/etc/systemd/networkd.conf.d/multiwan.conf",
  mode: "0644",
  text: `# pulumi-multiwan: rules and routes that systemd-networkd did not make stay. Read when it starts.
[Network]
ManageForeignRoutingPolicyRules=no
ManageForeignRoutes=no
`,
};
