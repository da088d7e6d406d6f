/** What changes on a working day: a hand on the router, and the default that moves to the other ISP. */
import type { Day } from "./day.ts";

export async function drift(day: Day): Promise<void> {
  await day.lab.guest.exec(
    "ip route del default table 2; iptables -t mangle -F $(iptables-save -t mangle | sed -n 's/^:\\(mw[^ ]*\\) .*/\\1/p' | head -n 1); ip rule del prio 1024",
  );
  const { text } = await day.timed("preview with drift", () => day.operator.preview());
  day.tally.check("the preview shows the drift", /missing/.test(text), text);
  await day.measured("up that mends drift", () => day.operator.up());
  await day.doors("after drift was mended");
}

export async function manualSwitch(day: Day): Promise<void> {
  day.operator.site.default = "wan_two";
  await day.measured("manual switch", () => day.operator.up());
  await day.whole("after the switch");
  await day.doors("after the switch");
  await day.visit("after the switch", "isp2");
}
