/** Power goes: right after an up, and in the middle of one. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Day } from "./day.ts";

export async function cutAfterUp(day: Day): Promise<void> {
  const when = "after power was cut right after an up";
  day.operator.site.default = "wan_one";
  await day.timed("switch back", () => day.operator.up());
  await day.lab.guest.cut();
  day.tally.measure("boot after the power cut (s)", await day.lab.guest.boot());
  await sleep(2000);
  await day.whole(when);
  await day.doors(when);
  await day.visit(when, "isp1");
  await day.silentPreview(when);
}

/** When power goes, as the guest's shell sees it come. */
const CUTS = [
  ["while the disk is being written", "[ -e /etc/multiwan/boot.new ] || rw"],
  ["between the change and its confirmation", "[ -e /run/multiwan/tx.*/doing ]"],
  [
    "when the boot file has got its name",
    "rw && [ ! -e /etc/multiwan/boot.new ] && [ -e /run/multiwan/tx.*/confirmed ]",
  ],
  ["when the change is armed", "[ -e /run/multiwan/tx.*/armed ]"],
] as const;

export async function cutsWithin(day: Day, count: number): Promise<void> {
  const { guest } = day.lab;
  for (const [what, until] of CUTS.slice(0, count)) {
    const to = day.operator.site.default === "wan_one" ? "wan_two" : "wan_one";
    day.operator.site.default = to;
    const seen = guest.exec(
      `rw() { case $(grep ' / ' /proc/mounts) in *' rw,'*) ;; *) return 1;; esac; }; until ${until}; do :; done`,
    );
    const up = day.operator.up();
    await Promise.race([seen, up]);
    await guest.cut();
    // The provider tries to get in again for as long as the router might take: meanwhile it boots.
    const booted = await guest.boot();
    const ran = await up;
    await sleep(1000);
    const files = (await day.whole(`power cut ${what}`)).split("\n").slice(0, 2).join("; ");
    const main = (await guest.exec("ip route show | grep ^default")).trim();
    day.tally.say(
      `        ${what}: up ended with ${ran.code}, booted in ${booted.toFixed(0)} s, ${files}, ${main}, wanted ${to}`,
    );
    day.tally.log(ran.text);
    await day.doors(`power cut ${what}`);
    await day.timed(`up after power cut ${what}`, () => day.operator.up());
    await day.doors(`after the up that follows power cut ${what}`);
    await day.visit(`after the up that follows power cut ${what}`, to === "wan_one" ? "isp1" : "isp2");
    await day.quietUp(`after power cut ${what}`);
  }
}
