/** F2: the network is cut. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "../../../lab/index.ts";
import { startLine } from "../line.ts";
import type { Moment } from "../operator.ts";
import { type Case, type Change, make, missed, told } from "./case.ts";

export type Cut = "both ways" | "to the router" | "from the router" | "nine packets in ten";
export const CUTS: Record<Cut, readonly [cut: string, heal: string]> = {
  "both ways": ["ip link set eth0 down", "ip link set eth0 up"],
  "to the router": ["iptables-nft -I OUTPUT -j DROP", "iptables-nft -F OUTPUT"],
  "from the router": ["iptables-nft -I INPUT -j DROP", "iptables-nft -F INPUT"],
  "nine packets in ten": [
    "iptables-nft -I INPUT -m statistic --mode random --probability 0.9 -j DROP",
    "iptables-nft -F INPUT",
  ],
};
export const CUT_NAMES = Object.keys(CUTS) as Cut[];

export const f2 = (change: Change, moment: Moment, cut: Cut, seconds: number): Case =>
  make("F2", `${cut} for ${seconds} s at ${moment}`, change, async (bench, judge) => {
    const run = await bench.operator.run(bench.command(change[1], { at: moment, act: "stop" }));
    if (!(await run.reached)) return [missed(moment)];
    await outside(bench.lab, CUTS[cut][0]);
    bench.operator.go();
    await sleep(seconds * 1000);
    await outside(bench.lab, CUTS[cut][1]);
    const answer = await run.done;
    return judge([...change], { returned: told(answer) });
  });

/** Nothing is lost, and everything comes three seconds late. */
export const f2Late = (change: Change, moment: Moment, seconds: number): Case =>
  make("F2", `three seconds late for ${seconds} s at ${moment}`, change, async (bench, judge) => {
    const line = await startLine(bench.lab);
    try {
      const router = { ...bench.settings, host: "127.0.0.1", port: line.port };
      const run = await bench.operator.run(bench.command(change[1], { at: moment, act: "stop", router }));
      if (!(await run.reached)) return [missed(moment)];
      line.delay(3000);
      bench.operator.go();
      await sleep(seconds * 1000);
      line.delay(0);
      const answer = await run.done;
      return judge([...change], { returned: told(answer) });
    } finally {
      line.close();
    }
  });

/** In the operator's namespace. */
export async function outside(lab: Lab, script: string): Promise<void> {
  const { code, stderr } = await lab.run("operator", ["sh", "-c", script]);
  if (code !== 0) throw new Error(stderr);
}
