/** A thing as the commands of an administrator. Every value is one of this bench's own. */
import type { Thing } from "./site.ts";

const table = (name: string | undefined) => (name ? ` table ${name}` : "");

/** The command that puts a thing there; run twice it fails, or makes a second one. */
export function put(thing: Thing): string {
  switch (thing.kind) {
    case "sysctl":
      return `echo ${thing.value} > ${thing.path}`;
    case "name":
      return `echo '${thing.id} ${thing.name}' >> /etc/iproute2/rt_tables`;
    case "address":
      return `ip addr add ${thing.address} dev ${thing.device}`;
    case "route":
      return `ip route replace ${thing.words}${table(thing.table)}`;
    case "rule":
      return `ip rule add ${thing.words}`;
    default:
      return iptables("-A", thing);
  }
}

/** The command that takes it away. */
export function take(thing: Thing): string {
  switch (thing.kind) {
    case "sysctl":
      return `echo ${thing.before} > ${thing.path}`;
    case "name":
      return `sed -i '/^${thing.id} ${thing.name}$/d' /etc/iproute2/rt_tables`;
    case "address":
      return `ip addr del ${thing.address} dev ${thing.device}`;
    case "route":
      return `ip route del ${thing.words}${table(thing.table)}`;
    case "rule":
      return `ip rule del ${thing.words}`;
    default:
      return iptables("-D", thing);
  }
}

/** A test of whether it is there, as such scripts have it. */
export function look(thing: Thing): string {
  switch (thing.kind) {
    case "sysctl":
      return `[ "$(cat ${thing.path})" = ${thing.value} ]`;
    case "name":
      return `grep -qx '${thing.id} ${thing.name}' /etc/iproute2/rt_tables`;
    case "address":
      return `ip -o addr show dev ${thing.device} | grep -qF ' ${thing.address} '`;
    case "route":
      return `ip route show${table(thing.table)} | grep -q '^${thing.words} *$'`;
    case "rule":
      return `ip rule show | grep -q '^${thing.priority}:.*${thing.printed}'`;
    default:
      return `${iptables("-C", thing)} 2>/dev/null`;
  }
}

type Netfilter = Extract<Thing, { kind: "mark" | "door" | "source" }>;

function iptables(verb: "-A" | "-C" | "-D", thing: Netfilter): string {
  switch (thing.kind) {
    case "mark":
      return `iptables -t mangle ${verb} PREROUTING ${thing.words}`;
    case "door":
      return `iptables -t nat ${verb} PREROUTING -d ${thing.to} -p tcp --dport ${thing.port} -j DNAT --to-destination ${thing.server}`;
    case "source":
      return `iptables -t nat ${verb} POSTROUTING -o ${thing.device} -s ${thing.server} -j SNAT --to-source ${thing.as}`;
  }
}
