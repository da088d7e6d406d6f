/** The router is given back. */
import { setTimeout as sleep } from "node:timers/promises";
import { diff } from "../dump.ts";
import type { Day } from "./day.ts";

export async function departure(day: Day, pristine: string): Promise<void> {
  await day.measured("destroy", () => day.operator.destroy());
  const end = await day.dump();
  day.tally.check("destroy gives the router back", end === pristine, diff(pristine, end));
  day.tally.check("root is read-only: after destroy", await day.isReadOnly());
}

export async function rebootAfter(day: Day, pristine: string): Promise<void> {
  await day.reboot();
  await sleep(1000);
  const end = await day.dump();
  day.tally.check("and so does a reboot after it", end === pristine, diff(pristine, end));
}
