/** What doctor asks of a router beside the snapshot, in the same exchange. */
import { deviceWord, parseDeviceHead } from "../../dialects/iproute2/device.ts";
import { BOOT_FILE } from "../../kinds/boot-files.ts";
import type { Look } from "../look.ts";

/** Modules of the kernel that our lines need. */
export const MODULES = ["xt_mark", "xt_connmark", "xt_conntrack"] as const;

/** Only reads. Without root some of it stays unsaid, which is not the same as no. POSIX sh, dash and busybox. */
export const FACTS_SCRIPT = `# A shell reads /proc/sys byte by byte, and its files answer with their first byte only.
setting() { [ -r "$2" ] && v=$(cat "$2") && printf '%s %s\\n' "$1" "$v"; }
setting conntrack-count /proc/sys/net/netfilter/nf_conntrack_count
setting conntrack-max /proc/sys/net/netfilter/nf_conntrack_max
setting ports /proc/sys/net/ipv4/ip_local_port_range
printf 'clock %s\\n' "$(date +%s)"
for f in /dev/rtc /dev/rtc[0-9]*; do [ -e "$f" ] && echo 'rtc yes' && break; done
k=/lib/modules/$(uname -r)
for m in ${MODULES.join(" ")}; do
  if [ -d "/sys/module/$m" ] || grep -q "/$m\\.ko" "$k/modules.dep" "$k/modules.builtin" 2>/dev/null; then echo "module-$m yes"
  elif [ -s "$k/modules.dep" ]; then echo "module-$m no"; fi
done
[ -n "\${state-}" ] || for d in /run /var/run /dev/shm /tmp; do [ -d "$d/multiwan" ] && state=$d/multiwan && break; done
[ -d "$state" ] && [ ! -x "$state" ] && echo 'state-shut yes'
boot=\${state%/*}
for f in ${BOOT_FILE} ${BOOT_FILE}.prev; do
  [ -r "$f" ] || continue
  if [ "$(tail -n 1 "$f")" = "# cksum $(sed '$d' "$f" | cksum)" ]; then echo "file:$f whole"; else echo "file:$f damaged"; fi
done
has nft && v=$(nft list flowtables 2>/dev/null) && case $v in *flowtable*) echo 'offload nft' ;; esac
grep -qs "flow_offloading.*['\\" ]1" /etc/config/firewall && echo 'offload uci'
mark facts-more 0
[ -n "$state" ] && [ -r "$state/lock" ] && { cat "$state/lock"; mark lock 0; }
for d in "$state"/tx.*; do
  [ -d "$d" ] || continue
  v=unarmed; for f in armed firing confirmed; do [ -e "$d/$f" ] && v=$f; done
  printf '%s %s\\n' "\${d##*/}" "$v"
done
mark transactions 0
[ -n "$state" ] && [ -r "$state/reverted" ] && { cat "$state/reverted"; mark reverted 0; }
cat /proc/mounts; mark mounts 0
for d in / "\${boot:-/tmp}"; do df -Pk "$d" 2>/dev/null || df -k "$d"; done; mark df 0
cat /proc/net/udp /proc/net/udp6 2>/dev/null; mark udp 0`;

export interface Lock {
  readonly run: string;
  /** Seconds since boot at which it counts no more. */
  readonly until: number;
  readonly boot: string;
  readonly who: string;
}

export interface DoctorFacts {
  readonly facts: ReadonlyMap<string, string>;
  readonly lock: Lock | undefined;
  /** Folders of changes under way, or left behind: name and how far it came. */
  readonly transactions: readonly { readonly name: string; readonly phase: string }[];
  /** `undone` or `stuck`: what the router did by itself the last time a change was not confirmed; `unpersisted`: see `watchScript`. */
  readonly reverted: string | undefined;
  readonly rootReadOnly: boolean;
  /** Kilobytes that are free, by mount point. */
  readonly free: ReadonlyMap<string, number>;
  /** UDP ports bound to every address. */
  readonly wildcardUdp: readonly number[];
  readonly mtu: ReadonlyMap<string, number>;
}

export function factsOf(look: Pick<Look, "facts" | "part">): DoctorFacts {
  const text = (name: string) => look.part(name)?.text ?? "";
  const [first = "", who = ""] = text("lock").split("\n");
  const [run = "", until = "0", boot = ""] = first.split(" ");
  const root = mounts(text("mounts")).findLast(({ at }) => at === "/");
  return {
    facts: look.facts,
    lock: look.part("lock") && { run, until: Number(until) || 0, boot, who },
    transactions: [...text("transactions").matchAll(/^(tx\.\S+) (\w+)$/gm)].map((match) => ({
      name: match[1]!,
      phase: match[2]!,
    })),
    reverted: text("reverted").trim().split(" ")[1],
    rootReadOnly: root?.options.split(",").includes("ro") ?? false,
    free: freeSpace(text("df")),
    wildcardUdp: wildcards(text("udp")),
    mtu: new Map(
      text("addresses")
        .split("\n")
        .flatMap((line): [string, number][] => {
          const head = parseDeviceHead(line);
          const mtu = head && deviceWord(head, "mtu");
          return head && mtu !== undefined ? [[head.name, Number(mtu)]] : [];
        }),
    ),
  };
}

function mounts(text: string): { at: string; options: string }[] {
  return text.split("\n").flatMap((line) => {
    const [, at, , options] = line.split(" ");
    return at !== undefined && options !== undefined ? [{ at, options }] : [];
  });
}

/** The long name of a device may stand on a line of its own. */
function freeSpace(text: string): ReadonlyMap<string, number> {
  return new Map(
    [...text.matchAll(/\s\d+\s+\d+\s+(-?\d+)\s+\d+%\s+(\/\S*)/g)].map((match) => [match[2]!, Number(match[1])]),
  );
}

/** /proc/net/udp: local address, remote address, state 07 (nobody connected), all in hex. */
function wildcards(text: string): number[] {
  const found = [...text.matchAll(/^\s*\d+: (0{8}|0{32}):([0-9A-F]{4}) 0+:0000 07 /gm)];
  return [...new Set(found.map((match) => Number.parseInt(match[2]!, 16)))].sort((a, b) => a - b);
}
