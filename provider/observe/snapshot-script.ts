import { FOOTPRINTS } from "../coexistence/footprints.ts";
import { newBody, type Script, textOf } from "../dialects/script.ts";
import { BOOT_FILE, BOOT_PATHS } from "../kinds/boot-files.ts";

/**
 * The script that reads a whole router in one exchange, for dash and busybox ash alike. It changes nothing and creates
 * nothing: iptables-save without -t makes no tables, and the state directory is only chosen.
 *
 * Every section ends with a mark of its name and exit code, which its own bytes precede exactly; the nonce keeps
 * router output from forging one.
 *
 * A fork costs a slow router as much as thousands of built-in commands, so much is read with `read`. Not /proc/sys: its
 * files answer a shell, which reads byte by byte, with their first byte only. Forks: ip four times, iptables once, one
 * -save (none for a legacy variant without tables), grep, one cat for rt_tables; one ls for the network namespace; where they apply, one cat for the
 * manifest, one -save of the other variant, and nft: one, and one for each table of its own that sees IPv4; one more ip where the kernel has
 * IPsec; one tc, and one or two for each device with filters on it. That is 8 to 12, at most 14; and one more for each file of ours that
 * persistence has put on the disk.
 */
export function snapshotScript(nonce: string): Script {
  if (!/^[0-9a-zA-Z]{8,64}$/.test(nonce)) throw new TypeError("the nonce must be 8 to 64 letters and digits");
  const mark = `mark() { printf '\\n@@${nonce} %s %s\\n' "$1" "$2"; }`;
  return { bodies: [READING], text: `${mark}\neval ${textOf(READING)}` };
}

/** The kernel keeps 15 characters of a name. */
const NEIGHBOURS = [...new Set(FOOTPRINTS.flatMap((footprint) => footprint.daemons ?? []))].filter(
  (name) => name !== "NetworkManager" && name !== "systemd-networkd",
);

/** The script without its first line, which defines `mark NAME EXITCODE`. */
export const snapshotBody = `
LC_ALL=C; export LC_ALL
has() { command -v "$1" >/dev/null 2>&1; }
networkd_conf() {
  [ -f "$1" ] && while read -r v || [ -n "$v" ]; do
    case $v in ManageForeign*=*) printf '%s %s\\n' "$1" "$v";; esac
  done <"$1"
}
# Who is changing this router, and the time on its own clock: asked first and last, for a reading in the middle of a change
# is half of it. A change that is past its time, and that nobody is left to roll back, is told by its deadline.
at_work() {
  [ -n "$state" ] && [ -O "$state" ] && [ -f "$state/lock" ] && { read -r k d t; IFS= read -r v; } <"$state/lock" || return 0
  read -r x o </proc/uptime
  printf 'run %s\\nuntil %s\\nboot %s\\nnow %s\\nwho %s\\n' "$k" "$d" "$t" "\${x%%.*}" "$v"
  case $k in ''|*[!0-9a-f]*) return 0;; esac
  f=$state/tx.$k
  [ -e "$f/armed" ] || [ -e "$f/firing" ] || return 0
  # Somebody who lives is still at it.
  [ -e "$f/stuck" ] || for o in "$f"/alive.1 "$f"/alive.2 "$f"/owner; do
    v=; { read -r v x <"$o"; } 2>/dev/null; [ -n "$v" ] && [ -d "/proc/$v" ] && return 0
  done
  { read -r d <"$f/deadline"; } 2>/dev/null && printf 'deadline %s\\n' "$d"
}
mark begin 0

read -r x o </proc/uptime; printf 'uptime %s\\n' "\${x%%.*}"

while read -r k x v x; do case $k in Uid:) u=$v; printf 'uid %s\\n' "$v";; esac; done </proc/self/status
for c in iptables iptables-nft iptables-legacy ''; do has "$c" && break; done
printf 'iptables %s\\n' "$c"
for t in ip conntrack "$c" "$c-save" "$c-restore"; do has "$t" && printf 'tool %s\\n' "$t"; done
rt=/etc/iproute2/rt_tables
for f in /etc /usr/share /usr/lib; do [ -f "$f/iproute2/rt_tables" ] && rt=$f/iproute2/rt_tables && break; done
printf 'rt_tables %s\\n' "$rt"
mounts=
while read -r x d t o x; do mounts="$mounts $d=$t,\${o%%,*}"; done </proc/mounts
# fixed WORD FILE: says so where it cannot be written. A link leads to the file that counts; a read-only root can be opened for a
# moment, other mounts cannot.
fixed() {
  f=$2 k=
  while [ -L "$f" ] && [ "$k" != xxxx ]; do
    k=x$k v=$(ls -l "$f"); v=\${v##* -> }
    case $v in /*) f=$v;; *) f=\${f%/*}/$v;; esac
  done
  d=$f
  until case $mounts in *" $d="*) ;; *) [ -z "$d" ];; esac; do d=\${d%/*}; done
  v=\${mounts##*" \${d:-/}="}
  # busybox's test lets root write anything: what a mount says comes first. What another user may write says nothing of root.
  case $d=\${v%% *} in
    =|=*,ro) case $v in squashfs,*|iso9660,*|erofs,*|cramfs,*|romfs,*) v=1;; *) v=;; esac;;
    *,ro) v=1;;
    *) v=
      [ "$u" = 0 ] || return 0
      [ ! -e "$f" ] || [ -w "$f" ] || v=1
      [ "$d" = "$f" ] || [ ! -e "\${f%/*}" ] || [ -w "\${f%/*}" ] || v=1;;
  esac
  [ -z "$v" ] || printf '%s %s\\n' "$1" "$f"
}
[ -d /etc/iproute2 ] || echo 'rt_folder missing'
fixed rt_fixed /etc/iproute2/rt_tables
fixed boot_fixed ${BOOT_FILE}
state=
for d in /run /var/run /dev/shm /tmp; do
  case $mounts in *" $d="*) ;; *) continue;; esac
  t=\${mounts##*" $d="}
  case \${t%% *} in tmpfs,rw|ramfs,rw) [ -w $d ] && [ ! -L $d ] && state=$d/multiwan && break;; esac
done
if [ -L "$state" ]; then printf 'foreign %s\\n' "$state"
elif [ -e "$state" ] && { [ ! -d "$state" ] || [ ! -O "$state" ]; }; then printf 'foreign %s\\n' "$state"; fi
printf 'state %s\\n' "$state"
# mksh and bash keep a here-document in a file: here, since the usual folder may be full or read-only.
[ -z "$state" ] || { TMPDIR=\${state%/*}; export TMPDIR; }
# One that systemd has made up for this boot alone lies on a mount of its own.
case $mounts in *" /etc/machine-id="*) ;; *)
  for f in /etc/machine-id /var/lib/dbus/machine-id; do
    v=
    [ -f "$f" ] && [ -r "$f" ] && { read -r v <"$f" || :; }
    [ -n "$v" ] && printf 'machine %s\\n' "$v" && break
  done;;
esac
mark facts 0
at_work; mark before 0

if has ip; then
  ip -V 2>&1; mark ip-version $?
  ip addr show; mark addresses $?
  ip rule show; mark rules $?
  # Not all of them by that word: a table that rt_tables calls so would be the only one.
  ip -4 route show table 0; mark routes $?
fi

grep . /proc/sys/net/ipv4/conf/*/rp_filter /proc/sys/net/ipv4/conf/*/src_valid_mark /proc/sys/net/ipv4/conf/*/forwarding \\
  /proc/sys/net/ipv4/conf/*/arp_ignore /proc/sys/net/ipv4/conf/*/arp_announce \\
  /proc/sys/net/ipv4/ip_forward \\
  /proc/sys/kernel/random/boot_id /proc/sys/kernel/osrelease 2>/dev/null
mark sysctls $?

[ -f "$rt" ] && { cat "$rt"; mark rt_tables $?; }
for f in /usr/share/iproute2/rt_tables.d/*.conf /usr/lib/iproute2/rt_tables.d/*.conf /etc/iproute2/rt_tables.d/*.conf; do
  [ -f "$f" ] && printf '#= %s\\n' "$f" && while IFS= read -r v || [ -n "$v" ]; do printf '%s\\n' "$v"; done <"$f"
done
mark rt_tables.d 0

# Whose lines the manifest lists, where the folder is shared with another network namespace: is that one still in use?
o=$(ls -l /proc/self/ns/net 2>/dev/null)
case $o in *'net:['*) o=\${o##*\\[}; o=\${o%]}; printf 'inode %s\\n' "$o";; *) o=;; esac
[ -n "$state" ] && [ -O "$state" ] && [ -f "$state/manifest" ] && {
  [ -n "$o" ] && while read -r x k d v t; do
    [ "$x" = '#' ] || break
    [ "$k" = namespace: ] && [ "$v" != "$o" ] &&
      case $(ls -l /proc/[0-9]*/ns/net 2>/dev/null; ls -i /run/netns /var/run/netns 2>/dev/null) in *"[$v]"*|*"$v "*) echo seen 1;; esac
  done <"$state/manifest"
  :
}
mark namespace 0
[ -n "$state" ] && [ -O "$state" ] && [ -f "$state/manifest" ] && { cat "$state/manifest"; mark manifest $?; }
[ -n "$state" ] && [ -O "$state" ] && for f in "$state"/left.*; do [ -f "$f" ] && cat "$f"; done
mark left 0

[ -d /etc/network/if-up.d ] && echo hook ifupdown
# startpar runs what insserv has registered, and a link of ours is not: there ifupdown has to do.
v=
[ -d /etc/rcS.d ] && [ -s /etc/init.d/.depend.boot ] && [ ! -e /etc/init.d/.legacy-bootordering ] && v=1 && echo startpar
if [ -d /run/systemd/system ]; then echo hook systemd
elif [ -d /etc/rcS.d ] && [ ! "$v" ]; then echo hook sysvinit; fi
mark boot-hooks 0
for f in ${BOOT_PATHS.join(" ")}; do
  if [ -L "$f" ]; then v=$(ls -l "$f"); x=$?; printf '%s\n' "\${v##* -> }"; mark "link:$f" $x
  elif [ -x "$f" ]; then cat "$f"; mark "0755:$f" $?
  elif [ -f "$f" ]; then cat "$f"; mark "0644:$f" $?; fi
done
[ -f ${BOOT_FILE} ] && { cat ${BOOT_FILE}; mark boot $?; }

networkd= moves=
f=comm; [ -r /proc/self/comm ] || f=stat
for d in /proc/[0-9]*; do
  read -r v x <"$d/$f" || continue
  [ $f = comm ] || { v=\${x%%)*}; v=\${v#\\(}; }
  case $v in
    NetworkManager|systemd-network|connmand|dhclient|dhcpcd|udhcpc|pppd|${NEIGHBOURS.join("|")})
      # Another network namespace is another router; a process that has ended and waits for its parent has none.
      [ $d/ns/net -ef /proc/self/ns/net ] || [ ! -e /proc/self/ns/net ] || continue
      [ "$v" = systemd-network ] && networkd=1
      [ "$v" = keepalived ] && moves=1
      printf '%s\\n' "$v";;
  esac
done 2>/dev/null
mark daemons 0
[ -n "$moves" ] && { cat /etc/keepalived/*.conf /etc/keepalived/*/*.conf 2>/dev/null; mark keepalived 0; }

# In the order in which a later line wins.
[ -n "$networkd" ] && for d in /usr/lib /run /etc; do networkd_conf $d/systemd/networkd.conf; done
[ -n "$networkd" ] && for d in /usr/lib /run /etc; do
  for f in $d/systemd/networkd.conf.d/*.conf; do networkd_conf "$f"; done
done
mark networkd 0

has nft && {
  v=$(nft list chains 2>/dev/null); x=$?
  printf '%s\\n' "$v"; mark nft $x
  # Whole tables only where a base chain that is not iptables' own sees IPv4; without the elements of sets, where nft can.
  family= table= chain= shown=
  while read -r word a b x; do
    case $word in
      table) family=$a table=$b ;;
      chain) chain=$a ;;
      type)
        case $family in ip | inet | netdev) ;; *) continue ;; esac
        case "$family $table $chain" in
          'ip '*' PREROUTING' | 'ip '*' INPUT' | 'ip '*' FORWARD' | 'ip '*' OUTPUT' | 'ip '*' POSTROUTING')
            case $table in raw | mangle | nat | filter | security) continue ;; esac ;;
        esac
        [ "$family $table" = "$shown" ] && continue
        shown="$family $table"
        nft -t list table "$family" "$table" 2>/dev/null || nft list table "$family" "$table" ;;
    esac
  done <<END
$v
END
  mark native 0
}

# IPsec, only where the kernel has it already: asking would bring its module.
while read -r x k v x; do
  [ "$k $v" = '6 0' ] && { ip xfrm policy 2>/dev/null; mark xfrm 0; break; }
done 2>/dev/null </proc/net/netlink
# Traffic control, by device: only what sees packets on their way in or out, beside the queues.
has tc && {
  v=$(tc qdisc show 2>/dev/null)
  while read -r x k x d f x; do
    [ "$d" = dev ] || continue
    case $k in ingress|clsact) ;; *) continue;; esac
    printf '#= %s ingress\\n' "$f"
    tc filter show dev "$f" ingress 2>/dev/null || tc filter show dev "$f" parent ffff: 2>/dev/null
    [ $k = ingress ] || { printf '#= %s egress\\n' "$f"; tc filter show dev "$f" egress 2>/dev/null; }
  done <<END
$v
END
  mark tc 0
}

for f in /run/systemd/netif/links/* /run/NetworkManager/devices/*; do
  [ -f "$f" ] && while read -r v; do
    case $v in ADMIN_STATE=*|managed=*) printf '%s %s\\n' "$f" "$v";; esac
  done <"$f"
done
mark managed 0

if [ -n "$c" ]; then
  v=$($c -V 2>&1); r=$?
  printf '%s\\n' "$v"; mark iptables-version $r
  legacy=
  [ -r /proc/net/ip_tables_names ] && read -r legacy </proc/net/ip_tables_names
  case $v in
    *nf_tables*)
      $c-save; mark save $?
      [ -n "$legacy" ] && { iptables-legacy-save; mark other $?; };;
    *)
      if [ -n "$legacy" ]; then $c-save; mark save $?; else mark save 0; fi
      has iptables-nft-save && { iptables-nft-save; mark other $?; };;
  esac
fi
at_work; mark after 0
mark end 0
`;

/** Every reading of a session has it. */
const READING = newBody(snapshotBody);
