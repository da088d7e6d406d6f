import { accessSync, constants } from "node:fs";

/** Tool -> Debian package. `unshare`, `nsenter` and `pivot_root` come with util-linux, which is always there. */
export const PACKAGES = {
  ip: "iproute2",
  nft: "nftables",
  "iptables-legacy": "iptables",
  "iptables-nft": "iptables",
  conntrack: "conntrack",
  sshd: "openssh-server",
  "ssh-keygen": "openssh-client",
  busybox: "busybox",
  mksh: "mksh",
} as const;

const CONTAINER =
  'docker run --rm --privileged -v "$PWD":/src -v /src/node_modules -w /src node:24-bookworm ' +
  "bash -c 'bash test/lab/setup.sh && npm ci && npm run jest -- test/lab'";

/** Why the lab cannot run here, as one sentence that says what to do; undefined when it can. */
export const obstacle = (
  platform: string = process.platform,
  uid: number | undefined = process.getuid?.(),
  has: (tool: string) => boolean = onPath,
): string | undefined => {
  if (platform !== "linux" || uid !== 0)
    return `The lab needs root on Linux for its network namespaces; anywhere else run it in a container: ${CONTAINER}`;
  const missing = Object.entries(PACKAGES).filter(([tool]) => !has(tool));
  if (missing.length === 0) return undefined;
  const packages = [...new Set(missing.map(([, name]) => name))].join(" ");
  return `The lab misses ${missing.map(([tool]) => tool).join(", ")}: apt-get install -y --no-install-recommends ${packages}`;
};

const onPath = (tool: string): boolean =>
  [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"].some((dir) => {
    try {
      accessSync(`${dir}/${tool}`, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
