/**
 * A day in the life of a slow router with a read-only root: see docs/slow-router.md.
 * usage: main.ts IMAGE [--throttle PERCENT] [--cuts 0-4] [--measure] [--skip starters,flaps,...] [--keep] [--log FILE]
 *                       [--engine pulumi|stand-in]
 */
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { drive, type Engine } from "../../drive/index.ts";
import { arrival } from "./day/arrival.ts";
import { drift, manualSwitch } from "./day/changes.ts";
import { Day } from "./day/day.ts";
import { departure, rebootAfter } from "./day/departure.ts";
import { cutAfterUp, cutsWithin } from "./day/power.ts";
import { flaps, reboot, starters } from "./day/returns.ts";
import { newTally } from "./day/tally.ts";
import { tail } from "./guest.ts";
import { startVmLab } from "./lab.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    throttle: { type: "string" },
    cuts: { type: "string", default: "4" },
    skip: { type: "string", default: "" },
    /** Whose commands the operator types: Pulumi's own, from PATH, or those of the tests' engine. */
    engine: { type: "string", default: "stand-in" },
    keep: { type: "boolean", default: false },
    measure: { type: "boolean", default: false },
    log: { type: "string", default: "/dev/null" },
  },
});
const image = positionals[0]!;
const percent = values.throttle === undefined ? undefined : Number(values.throttle);
/** Parts that are only looked at, not measured, are left out with --measure. */
const does = (part: "drift" | "reboot" | "starters" | "flaps" | "cut" | "after") =>
  !values.skip.split(",").includes(part) && (part === "drift" || !values.measure);

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
await using lab = await startVmLab(image);
await using operator = drive(lab.asLab, { engine: values.engine as Engine });
operator.router = { ...lab.settings };
const tally = newTally(values.log);
const day = new Day(lab, operator, tally);

tally.say(`# ${percent === undefined ? "100" : percent} % of a core`);
const pristine = await arrival(day, percent);
if (does("drift")) await drift(day);
await manualSwitch(day);
if (does("reboot")) await reboot(day);
if (does("starters")) await starters(day);
if (does("flaps")) await flaps(day);
if (does("cut")) await cutAfterUp(day);
if (!values.measure) await cutsWithin(day, Number(values.cuts));
await departure(day, pristine);
if (does("after")) await rebootAfter(day, pristine);
const good = tally.end();
tally.log(tail(lab.guest.console));
if (values.keep) {
  console.error(`kept: nsenter --net=/run/netns/${lab.operatorNs} ssh -i ${image}/key root@192.168.99.1`);
  while (existsSync(image)) await sleep(1000);
}
process.exitCode = good ? 0 : 1;
