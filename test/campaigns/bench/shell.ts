/** A thing as the commands of an administrator. Every value is one of this bench's own. */
import type { Thing } from "./site.ts";

export interface Commands {
  /** Puts it there; run twice it fails, or makes a second one. */
  readonly put: string;
  readonly take: string;
  /** Is it there? As such scripts ask. */
  readonly look: string;
}

export function commands(thing: Thing): Commands {
  switch (thing.kind) {
    case "sysctl":
      return {
        put: `echo ${thing.value} > ${thing.path}`,
        take: `echo ${thing.before} > ${thing.path}`,
        look: `[ "$(cat ${thing.path})" = ${thing.value} ]`,
      };
    case "name": {
      const [line, file] = [`${thing.id} ${thing.name}`, "/etc/iproute2/rt_tables"];
      return {
        put: `echo '${line}' >> ${file}`,
        take: `sed -i '/^${line}$/d' ${file}`,
        look: `grep -qx '${line}' ${file}`,
      };
    }
    case "address": {
      const { address, device } = thing;
      return {
        put: `ip addr add ${address} dev ${device}`,
        take: `ip addr del ${address} dev ${device}`,
        look: `ip -o addr show dev ${device} | grep -qF ' ${address} '`,
      };
    }
    case "route": {
      const table = thing.table ? ` table ${thing.table}` : "";
      return {
        put: `ip route replace ${thing.words}${table}`,
        take: `ip route del ${thing.words}${table}`,
        look: `ip route show${table} | grep -q '^${thing.words} *$'`,
      };
    }
    case "rule":
      return {
        put: `ip rule add ${thing.words}`,
        take: `ip rule del ${thing.words}`,
        look: `ip rule show | grep -q '^${thing.priority}:.*${thing.printed}'`,
      };
    case "mark":
      return iptables("mangle", `PREROUTING ${thing.words}`);
    case "door": {
      const { to, port, server } = thing;
      return iptables("nat", `PREROUTING -d ${to} -p tcp --dport ${port} -j DNAT --to-destination ${server}`);
    }
    case "source":
      return iptables("nat", `POSTROUTING -o ${thing.device} -s ${thing.server} -j SNAT --to-source ${thing.as}`);
  }
}

function iptables(table: string, rule: string): Commands {
  const command = (verb: string) => `iptables -t ${table} ${verb} ${rule}`;
  return { put: command("-A"), take: command("-D"), look: `${command("-C")} 2>/dev/null` };
}
