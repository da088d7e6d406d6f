/**
 * Policies of IPsec, as `ip xfrm policy` prints them: what they select is encrypted, has to have been, or is dropped. None of that is
 * modelled, so each is a threat to the packets that it selects.
 */
import type { Selects, Threat } from "../../model/threat.ts";

/** Where a policy of a direction is asked: on the way out with the addresses before and after translation. */
const HOOKS: Readonly<Record<string, readonly Threat["hook"][]>> = {
  out: ["forward", "output", "postrouting"],
  fwd: ["forward"],
  in: ["input"],
};

export function xfrmThreats(text: string): readonly Threat[] {
  return text
    .split(/\n(?=src )/)
    .filter((policy) => policy.trim() !== "" && !/^\s+socket /m.test(policy))
    .flatMap((policy) => {
      const [head = ""] = policy.trim().split("\n");
      const direction = /^\s+dir (\w+)/m.exec(policy)?.[1] ?? "";
      // Without a template it lets pass; with an if_id it is for what goes by a device of its own.
      const acts = /\baction block\b/.test(policy) || /^\s+tmpl /m.test(policy);
      if (!acts || /\bif_id (?!0x0\b|0\b)/.test(policy)) return [];
      const shown = `${head.trim()} dir ${direction}`;
      return (HOOKS[direction] ?? []).map((hook): Threat => {
        const about = {
          table: "ip xfrm policy",
          chain: direction,
          hook,
          text: shown,
          by: `the policy "${shown}" of ip xfrm`,
        };
        return { ...about, selects: selectsOf(head, policy) };
      });
    });
}

function selectsOf(head: string, policy: string): Selects {
  const of = (word: string) => new RegExp(`(?:^| )${word} (\\S+)`).exec(head)?.[1];
  const network = (word: string) => {
    const found = of(word);
    return found === undefined || found.endsWith("/0") ? undefined : [found.replace(/\/32$/, "")];
  };
  const [from, to, protocol, port, device] = [network("src"), network("dst"), of("proto"), of("dport"), of("dev")];
  const mark = /^\s+mark (\w+)\/(\w+)/m.exec(policy);
  return {
    ...(from && { from }),
    ...(to && { to }),
    ...(protocol !== undefined && { protocol: [protocol] }),
    ...(port !== undefined && /^\d+$/.test(port) && { ports: [port] }),
    ...(device !== undefined && { out: [device] }),
    ...(mark && { mark: { value: Number(mark[1]), mask: Number(mark[2]) } }),
  };
}
