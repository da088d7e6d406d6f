import { inNet, run } from "./command.ts";

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
