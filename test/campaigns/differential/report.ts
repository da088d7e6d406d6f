/** A disagreement for people, and the counts of a campaign. */
import { formatPacket } from "../../../provider/walk/packet.ts";
import type { Case } from "./cases.ts";
import { isWrong } from "./compare.ts";
import type { Played } from "./play.ts";

export function disagreementText({ config, talks }: Case, wrong: Played): string {
  return [
    `${wrong.verdict}: the ${wrong.name}, ${formatPacket(wrong.packet)} ${wrong.inDevice ? `in on ${wrong.inDevice}` : "of the router"}`,
    `  the walk:   ${wrong.said}${"why" in wrong.claimed ? `: ${wrong.claimed.why}` : ""}`,
    `  the kernel: ${wrong.did}`,
    ...wrong.steps.map(({ at, text }) => `    ${at}: ${text}`),
    `  talk ${JSON.stringify(talks[wrong.talk])}`,
    ...config.addresses.map((line) => `  ip address add ${line}`),
    ...config.rules.map((line) => `  ip rule ${line}`),
    ...config.routes.map((line) => `  ip route add ${line}`),
    ...config.chains.flatMap(({ table, name, policy, rules }) => [
      ...(policy === "DROP" ? [`  iptables -t ${table} -P ${name} DROP`] : []),
      ...rules.map((rule) => `  iptables -t ${table} -A ${name} ${rule}`),
    ]),
    ...(config.native === undefined ? [] : [`  nft ${config.native}`]),
    ...config.sysctls.map(([key, value]) => `  sysctl -w ${key}=${value}`),
  ].join("\n");
}

const NATIVE = "a rule of nft's own";

export class Counts {
  sites = 0;
  pairs = 0;
  packets = 0;
  private readonly by = new Map<string, number>();
  private readonly reasons = new Map<string, number>();

  add(one: Case, played: readonly Played[]): void {
    this.sites++;
    this.pairs += one.talks.length;
    this.packets += played.length;
    for (const { verdict, claimed } of played) {
      const key = verdict === "agreed" ? `agreed: ${claimed.kind}` : verdict;
      this.by.set(key, (this.by.get(key) ?? 0) + 1);
      if (claimed.kind !== "unknown") continue;
      const reason = claimed.why.replace(/".*" of chain .*/, NATIVE).replace(/"[^"]*"/, "a line");
      this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
    }
  }

  get wrong(): number {
    return this.of("wrong yes") + this.of("wrong no");
  }

  /** Of which nothing is claimed, but for what rules of nft's own select. */
  get unclaimed(): number {
    return this.of("unknown") - [...this.reasons].reduce((sum, [why, n]) => sum + (why.includes(NATIVE) ? n : 0), 0);
  }

  of(verdict: string): number {
    return this.by.get(verdict) ?? 0;
  }

  lines(): string[] {
    return [
      `${this.sites} routers, ${this.pairs} (router, connection) pairs, ${this.packets} packets judged`,
      ...["agreed: sent", "agreed: delivered", "agreed: dropped"].map((key) => `${key} ${this.of(key)}`),
      ...[...this.reasons].map(([reason, count]) => `unknown: ${reason} ${count}`),
      `unknown ${this.of("unknown")}, ${this.unclaimed} of them without nft's own rules`,
      `wrong yes ${this.of("wrong yes")}`,
      `wrong no ${this.of("wrong no")}`,
    ];
  }
}

export function wrongOf(played: readonly Played[]): Played[] {
  return played.filter(isWrong);
}
