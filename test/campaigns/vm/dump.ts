/** Everything that a change could leave on the guest, as text to compare. */
export const DUMP = `
set -f; export LC_ALL=C
echo "## addresses"; ip addr show | grep ' inet ' | sed 's/^ *//'
echo "## rules"; ip rule show
echo "## routes"; ip -4 route show table all | sed 's/ *$//' | sort
echo "## iptables"; iptables-save | grep -e '^-' -e '^:mw' -e '^:.* DROP' | sed 's/ \\[.*//'
echo "## sysctl"; set +f; grep "" /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/*/rp_filter /proc/sys/net/ipv4/conf/*/src_valid_mark /proc/sys/net/ipv4/conf/*/arp_ignore
echo "## files"; find /etc /usr/local -type f ! -name "*.dpkg*" ! -name boot.prev | sort | xargs ls -l --time-style=+ ; find /etc -type l -o -type d | sort | xargs ls -ld --time-style=+ | sed 's/^\\(d[^ ]*\\) *[0-9]* \\([^ ]* *[^ ]*\\) *[0-9]*/\\1 \\2/'
echo "## content"; find /etc /usr/local -type f ! -name boot.prev | sort | xargs cksum
echo "## state"; ls -lA --time-style=+ /run/multiwan 2>/dev/null | grep -v ^total; true`;

export function diff(a: string, b: string): string {
  const [left, right] = [a.split("\n"), b.split("\n")];
  return [
    ...left.filter((l) => !right.includes(l)).map((l) => `- ${l}`),
    ...right.filter((l) => !left.includes(l)).map((l) => `+ ${l}`),
    ...(left.length === right.length && a !== b ? ["(or in another order)"] : []),
  ].join("\n");
}
