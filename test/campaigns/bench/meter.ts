/** What a command cost: time, logins, and processor time of the router, whose processes are in a control group. */
import { controlGroup } from "../../lab/control-group.ts";
import type { Lab } from "../../lab/index.ts";

export interface Cost {
  readonly seconds: number;
  readonly logins: number;
  /** Seconds of processor; undefined where there is no control group that can be written to. */
  readonly processor: number | undefined;
}

export interface Meter extends Disposable {
  measure(work: () => Promise<void>): Promise<Cost>;
}

export function createMeter(lab: Lab): Meter {
  const group = controlGroup(lab, "cpuacct");
  const used = () => {
    if (!group) return undefined;
    if (group.v1) return Number(group.read("cpuacct.usage")) / 1e9;
    return Number(/usage_usec (\d+)/.exec(group.read("cpu.stat"))![1]) / 1e6;
  };
  return {
    measure: async (work) => {
      const [logins, processor, begun] = [await lab.router.handshakes(), used(), performance.now()];
      await work();
      const seconds = (performance.now() - begun) / 1000;
      const now = used();
      return {
        seconds,
        logins: (await lab.router.handshakes()) - logins,
        processor: processor !== undefined && now !== undefined ? now - processor : undefined,
      };
    },
    [Symbol.dispose]: () => group?.leave(),
  };
}
