/** Everything comes back with nobody's help: after a reboot, with either starter alone, after a link that was down. */
import { setTimeout as sleep } from "node:timers/promises";
import { diff } from "../dump.ts";
import type { Day } from "./day.ts";

export async function reboot(day: Day): Promise<void> {
  const before = await day.dump();
  day.tally.measure("reboot to ssh (s)", await day.reboot());
  await sleep(2000);
  const after = await day.dump();
  day.tally.check("a reboot brings back everything", after === before, diff(before, after));
  await day.whole("after the reboot");
  await day.doors("after the reboot");
  await day.visit("after the reboot", "isp2");
  await day.silentPreview("after the reboot");
}

/** Each of the two starters by itself. */
export async function starters(day: Day): Promise<void> {
  const before = await day.dump();
  const kernel = (text: string) => text.slice(0, text.indexOf("## files"));
  for (const [alone, other] of [
    ["sysvinit", "/etc/network/if-up.d/multiwan"],
    ["ifupdown", "/etc/rcS.d/S99multiwan"],
  ] as const) {
    // Where startpar runs the boot scripts there is no link of ours in rcS.d.
    await day.lab.guest.exec(`remountrw; rm -f ${other}; sync; remountro`);
    await day.reboot();
    await sleep(2000);
    const back = kernel(await day.dump());
    day.tally.check(`${alone} alone brings everything back`, back === kernel(before), diff(kernel(before), back));
    await day.doors(`after a reboot with ${alone} alone`);
    await day.timed(`up that mends ${other}`, () => day.operator.up());
    const mended = await day.dump();
    day.tally.check(`${other} is mended`, mended === before, diff(before, mended));
  }
}

/** A link that goes down and comes up, as the administrator does it. */
export async function flaps(day: Day): Promise<void> {
  const before = await day.dump();
  for (const device of ["eth1", "eth2", "eth0"]) {
    const text = await day.lab.guest.exec(`ifdown ${device} 2>&1; sleep 1; ifup ${device} 2>&1; echo "exit code $?"`);
    day.tally.log(text);
    await sleep(1500);
    const back = await day.dump();
    const what = `ifdown ${device}; ifup ${device}: everything is back`;
    day.tally.check(what, back === before, `${text}${diff(before, back)}`);
    await day.doors(`after ifdown and ifup of ${device}`);
    if (back !== before) await day.timed(`up after the flap of ${device}`, () => day.operator.up());
  }
}
