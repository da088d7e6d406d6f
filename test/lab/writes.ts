import { setTimeout as sleep } from "node:timers/promises";
import { inNet, run, start } from "./command.ts";

/** A rule of iptables as `table -A CHAIN ...` with what it has counted since it was put there. */
export type Counters = Readonly<Record<string, { readonly packets: number; readonly bytes: number }>>;

/** A rule that was replaced starts again at zero, so counters that go on prove that nobody rewrote the chain. */
export const readCounters = async (namespace: string, backend: "legacy" | "nft"): Promise<Counters> => {
  const save = await run([...inNet(namespace), `iptables-${backend}-save`, "-c"]);
  const counters: Record<string, { packets: number; bytes: number }> = {};
  let table = "";
  for (const line of save.split("\n")) {
    if (line.startsWith("*")) table = line.slice(1);
    const rule = /^\[(\d+):(\d+)\] (-A .*)$/.exec(line);
    if (rule) counters[`${table} ${rule[3]}`] = { packets: Number(rule[1]), bytes: Number(rule[2]) };
  }
  return counters;
};

export interface WriteWatch {
  /** Ends the watch and answers one line per change the kernel announced. */
  stop(): Promise<readonly string[]>;
}

/**
 * Listens to the kernel's own announcements: rules, routes, addresses and links by `ip monitor`, nftables (which
 * includes iptables-nft) by `nft monitor`. The kernel does not announce changes of legacy iptables: see counters.
 */
export const watchWrites = async (namespace: string): Promise<WriteWatch> => {
  const seen: string[] = [];
  const monitors = [
    ["ip", "-N", "monitor", "label", "rule", "route", "address", "link"],
    ["nft", "monitor"],
  ].map((argv) => {
    const child = start([...inNet(namespace), "stdbuf", "-oL", ...argv], { stdio: ["ignore", "pipe", "ignore"] });
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      seen.push(...text.split("\n").filter((line) => line.trim() !== ""));
    });
    return child;
  });
  const marker = async (name: string) => {
    // A monitor gives no sign that it listens; a harmless change of our own that shows up in both is the sign.
    for (let round = 0; round < 200; round++) {
      await run([...inNet(namespace), "sh"], {
        input: `ip rule add pref 32000 from 192.0.2.0/32 lookup 255; ip rule del pref 32000; nft 'add table ip ${name}; delete table ip ${name}'`,
      });
      await sleep(10);
      if (seen.some((line) => line.includes(name)) && seen.some((line) => line.includes("192.0.2.0"))) return;
    }
    throw new Error("the monitors do not report changes");
  };
  await marker("lab_watch_begins");
  await sleep(20);
  seen.length = 0;
  return {
    stop: async () => {
      await sleep(50);
      const lines = [...seen];
      for (const child of monitors) child.kill("SIGKILL");
      return lines;
    },
  };
};
