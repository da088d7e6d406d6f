/** F14: what is remembered is lost. */
import { type Case, type Change, make } from "./case.ts";
import { OWN } from "./edits.ts";

export const LOSSES = ["state", "manifest", "both", "the boot files"] as const;
export type Loss = (typeof LOSSES)[number];

export const f14 = (change: Change, what: Loss): Case => ({
  ...make("F14", `${what} lost`, change, async (bench, judge) => {
    if (what === "state" || what === "both") bench.operator.loseState();
    if (what === "manifest" || what === "both") await bench.lab.router.exec("rm -f /run/multiwan/manifest");
    if (what === "the boot files") await bench.lab.router.exec("rm -r /etc/multiwan");
    return judge([change[0]], { judged: false, forgets: what !== "state" });
  }),
  spoils: what !== "state",
  // Others may have files in that folder.
  ...(what === "the boot files" && { labOnly: true }),
});

/** `pulumi refresh` takes over what a hand has done; the next run mends it all the same. */
export const f14Refresh = (change: Change, edit: string): Case =>
  make("F14", `refresh after ${edit} by hand`, change, async (bench, judge) => {
    await bench.dropHeld();
    await bench.lab.router.exec(`${OWN[edit]} || :`);
    const { failures } = await bench.try(change[0], { refresh: true, apply: false });
    const odd = Object.values(failures).map((text) => ({ verdict: "unexplained", text }) as const);
    return [...odd.slice(0, 1), ...(await judge([change[0]], { judged: false }))];
  });
