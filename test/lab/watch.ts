import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { inNet, run, start } from "./command.ts";

export interface WriteWatch {
  /** Ends the watch and answers one line per change the kernel announced. */
  stop(): Promise<readonly string[]>;
}

/**
 * Listens to the kernel's own announcements: rules, routes, addresses and links by `ip monitor`, nftables (which
 * includes iptables-nft) by `nft monitor`. The kernel does not announce changes of legacy iptables: see counters.
 */
export const watchWrites = async (namespace: string): Promise<WriteWatch> => {
  const monitors = [
    startMonitor(namespace, ["ip", "-N", "monitor", "label", "rule", "route", "address", "link"]),
    startMonitor(namespace, ["nft", "monitor"]),
  ];
  try {
    await mark(namespace, monitors, BEGIN);
  } catch (error) {
    for (const { process } of monitors) process.kill("SIGKILL");
    throw error;
  }
  return {
    stop: async () => {
      await mark(namespace, monitors, END);
      for (const { process } of monitors) process.kill("SIGKILL");
      return monitors.flatMap(({ text }) => between(text));
    },
  };
};

interface Monitor {
  readonly process: ChildProcess;
  text: string;
}

// One marker is an address for `ip rule`, the other a name for an nftables table; both mean nothing to the router.
const BEGIN = ["192.0.2.1", "lab_watch_begins"] as const;
const END = ["192.0.2.2", "lab_watch_ends"] as const;

const startMonitor = (namespace: string, argv: readonly string[]): Monitor => {
  const process = start([...inNet(namespace), "stdbuf", "-oL", ...argv], { stdio: ["ignore", "pipe", "ignore"] });
  const monitor: Monitor = { process, text: "" };
  process.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
    monitor.text += chunk;
  });
  return monitor;
};

/** A monitor does not say when it listens, nor when it has reported all: a change of our own that appears says both. */
const mark = async (namespace: string, monitors: readonly Monitor[], marker: readonly [string, string]) => {
  const [address, table] = marker;
  const script = [
    `ip rule add pref 32000 from ${address} lookup 255`,
    `ip rule del pref 32000 from ${address} lookup 255`,
    `nft 'add table ip ${table}; delete table ip ${table}'`,
  ].join("\n");
  // Each marker is announced twice, as added and as deleted.
  const seen = ({ text }: Monitor) =>
    marker.some(
      (word) =>
        text
          .split("\n")
          .slice(0, -1)
          .filter((line) => line.includes(word)).length >= 2,
    );
  for (let round = 0; round < 100; round++) {
    await run([...inNet(namespace), "sh", "-e"], { input: script });
    for (let wait = 0; wait < 10; wait++) {
      if (monitors.every(seen)) return;
      await sleep(5);
    }
  }
  throw new Error("ip monitor and nft monitor do not report changes");
};

/** The lines after the last sign of the begin and before the first of the end, without the markers' generations. */
const between = (text: string): string[] => {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const has = (markers: readonly string[]) => (line: string) => markers.some((word) => line.includes(word));
  const begin = lines.findLastIndex(has(BEGIN)) + 1;
  const from = lines[begin]?.startsWith("# new generation") ? begin + 1 : begin;
  const to = lines.findIndex(has(END));
  return lines.slice(from, to < 0 ? undefined : to);
};
