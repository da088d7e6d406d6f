/** The files that bring a router's lines back: a loader that never changes, and one small starter per way to be started. */
import { NETWORKD_DROP_IN } from "../coexistence/networkd.ts";
import type { FileLine } from "../model/line.ts";
import type { BootHook } from "../model/snapshot.ts";

export const BOOT_DIR = "/etc/multiwan";
/** Rewritten by every confirmed transaction; the one before it stays as `.prev`. */
export const BOOT_FILE = `${BOOT_DIR}/boot`;

/** What the loader is told instead of a device, for the main table's default route to make room. */
export const STEP_ASIDE = "--aside";

const LOADER: FileLine = {
  kind: "file",
  path: `${BOOT_DIR}/load`,
  mode: "0755",
  text: `#!/bin/sh
# pulumi-multiwan: brings back what the last confirmed change left on this router. This file never changes.
# usage: load          everything, after a boot
#        load DEVICE   what a device that comes up has lost
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# The last line of a whole file is its checksum: one that a power cut has torn is passed over.
for file in ${BOOT_FILE} ${BOOT_FILE}.prev; do
  [ -r "$file" ] || continue
  [ "$(tail -n 1 "$file")" = "# cksum $(sed '$d' "$file" | cksum)" ] && exec sh "$file" "$@"
  command -v logger >/dev/null 2>&1 && logger -t multiwan "$file is damaged, passed over"
done
exit 0
`,
};

const STARTERS: Record<BootHook, readonly FileLine[]> = {
  ifupdown: [
    {
      kind: "file",
      path: "/etc/network/if-pre-up.d/multiwan",
      mode: "0755",
      text: `#!/bin/sh
# pulumi-multiwan: ifup gives up on a device with a \`gateway\` while another default route is there, and would leave the link
# without anything: ours steps aside until the device is up (interfaces(5), if-pre-up.d).
[ -z "$IF_GATEWAY" ] || ${BOOT_DIR}/load ${STEP_ASIDE}
exit 0
`,
    },
    {
      kind: "file",
      path: "/etc/network/if-up.d/multiwan",
      mode: "0755",
      text: `#!/bin/sh
# pulumi-multiwan: a link that comes up gets its addresses and routes back (interfaces(5), if-up.d).
[ "$IFACE" = --all ] && exec ${BOOT_DIR}/load
[ "$IFACE" = lo ] || exec ${BOOT_DIR}/load "$IFACE"
`,
    },
  ],
  systemd: [
    {
      kind: "file",
      path: "/etc/systemd/system/multiwan.service",
      mode: "0644",
      text: `[Unit]
Description=Multi-WAN routing declared with pulumi-multiwan
After=network.target network-online.target nftables.service netfilter-persistent.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${BOOT_DIR}/load

[Install]
WantedBy=multi-user.target
`,
    },
    {
      kind: "file",
      path: "/etc/systemd/system/multi-user.target.wants/multiwan.service",
      mode: "link",
      text: "../multiwan.service\n",
    },
  ],
  sysvinit: [
    {
      kind: "file",
      path: "/etc/init.d/multiwan",
      mode: "0755",
      text: `#!/bin/sh
### BEGIN INIT INFO
# Provides:          multiwan
# Required-Start:    $local_fs $network
# Required-Stop:
# Default-Start:     S
# Default-Stop:
# Short-Description: Multi-WAN routing declared with pulumi-multiwan
### END INIT INFO
case $1 in start|restart|force-reload|"") exec ${BOOT_DIR}/load ;; esac
`,
    },
    { kind: "file", path: "/etc/rcS.d/S99multiwan", mode: "link", text: "../init.d/multiwan\n" },
  ],
};

export function bootFiles(hooks: readonly BootHook[]): readonly FileLine[] {
  return [LOADER, ...hooks.flatMap((hook) => STARTERS[hook])];
}

/** Every path that can be ours, for the snapshot to look at. */
export const BOOT_PATHS: readonly string[] = [...bootFiles(["ifupdown", "systemd", "sysvinit"]), NETWORKD_DROP_IN].map(
  (file) => file.path,
);
