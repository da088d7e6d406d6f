/** F14: what is remembered is lost. */
import { type Case, type Change, make } from "./case.ts";

export const f14 = (change: Change, what: "state" | "manifest" | "both"): Case =>
  make("F14", `${what} lost`, change, async (bench, judge) => {
    if (what !== "manifest") bench.operator.loseState();
    if (what !== "state") await bench.lab.router.exec("rm -f /run/multiwan/manifest");
    return judge([change[0]], { judged: false, forgets: true });
  });
