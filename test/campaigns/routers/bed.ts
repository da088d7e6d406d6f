/**
 * A lab whose router is made anew again and again: built from a random router, cleared, and built from the next one. A
 * router that does not come back to what the lab had made is thrown away with its lab.
 */
import { inNet, run } from "../../lab/command.ts";
import { type Lab, startLab } from "../../lab/index.ts";
import { has } from "./draw.ts";
import { type Dump, differences, dumpExactly } from "./dump.ts";
import { buildScripts, busyboxOf, CLEAR_FILES, clearNet, iptablesOf, KEEP_FILES, KEEP_SETTINGS } from "./script.ts";
import type { RandomRouter } from "./value.ts";

export async function buildOn({ router: { exec }, namespaces }: Lab, router: RandomRouter): Promise<void> {
  const { net, files } = buildScripts(router);
  await run([...inNet(namespaces.router), "sh"], { input: net });
  await exec(`set -e\n${files}`);
}

export class Bed implements AsyncDisposable {
  readonly lab: Lab;
  readonly busybox: boolean;
  #base: Dump = new Map();
  #settings = "";

  private constructor(lab: Lab, busybox: boolean) {
    this.lab = lab;
    this.busybox = busybox;
  }

  static async start(router: RandomRouter): Promise<Bed> {
    const busybox = busyboxOf(router);
    const lab = await startLab({ foreign: false, iptables: iptablesOf(router), busybox });
    const bed = new Bed(lab, busybox);
    try {
      await lab.router.exec(KEEP_FILES);
      bed.#settings = await bed.#inNet(KEEP_SETTINGS);
      await bed.#clear();
      bed.#base = await dumpExactly(lab);
      return bed;
    } catch (error) {
      await lab.stop();
      throw error;
    }
  }

  /** Can this router be built here? A legacy table that was ever used stays loaded. */
  async suits(router: RandomRouter): Promise<boolean> {
    return (await this.suiting([router])) === 0;
  }

  /** Place of the first router that can be built here, -1 for none. */
  async suiting(routers: readonly RandomRouter[]): Promise<number> {
    const loaded = (await this.#inNet("cat /proc/net/ip_tables_names 2>/dev/null || :")).split("\n").filter(Boolean);
    return routers.findIndex((router) => {
      if (busyboxOf(router) !== this.busybox) return false;
      if (iptablesOf(router) === "nft")
        return has(router, "iptables", "nft, with legacy rules beside it") || loaded.length === 0;
      return loaded.every((table) => !has(router, `table ${table}`, "absent"));
    });
  }

  build(router: RandomRouter): Promise<void> {
    return buildOn(this.lab, router);
  }

  /** What is not as the lab had made it; "" if all is. */
  async clear(): Promise<string> {
    await this.#clear();
    return differences(this.#base, await dumpExactly(this.lab));
  }

  async #clear(): Promise<void> {
    await this.#inNet(clearNet(this.#settings));
    const variant = "nft";
    const tools = ["iptables", "iptables-save", "iptables-restore"];
    const links = tools.map((tool) => `ln -sfn xtables-${variant}-multi /usr/sbin/${tool}`).join("; ");
    await this.lab.router.exec(`${CLEAR_FILES}; ${links}; ln -sfn dash /usr/bin/sh`);
  }

  #inNet(script: string): Promise<string> {
    return run([...inNet(this.lab.namespaces.router), "sh"], { input: script });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab.stop();
  }
}

/** Takes the next out of a list: among the next few one that this bed is made for, since a lab costs as much as what is played in it. */
export async function takeSuiting<T>(
  queue: T[],
  bed: Bed | undefined,
  routerOf: (one: T) => RandomRouter,
): Promise<T | undefined> {
  const at = (await bed?.suiting(queue.slice(0, 40).map(routerOf)).catch(() => -1)) ?? -1;
  return queue.splice(Math.max(at, 0), 1)[0];
}
