/** F2: bytes that arrive when nobody waits for them any more, and new connections that do not get to the router. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { divert, type Instead } from "../impostor.ts";
import type { Finding } from "../judge.ts";
import { startLine } from "../line.ts";
import { type Case, type Change, make, missed, told } from "./case.ts";

/** The operator's host is dead, the line holds what it has sent for longer than anybody waits, and nobody says that it is closed. */
export const f2Expired = (change: Change): Case =>
  make("F2", "a begin that is delivered when nobody waits for it any more", change, async (bench, judge) => {
    const patience = Math.max(bench.confirm, 10);
    const line = await startLine(bench.lab);
    const odd: Finding[] = [];
    try {
      const router = { ...bench.settings, host: "127.0.0.1", port: line.port, exchangeTimeout: patience };
      const run = await bench.operator.run(bench.command(change[1], { at: "begin-sending", act: "stop", router }));
      if (!(await run.reached)) return [missed("begin-sending")];
      line.delay((patience + 5) * 1000);
      line.leaveOpen();
      bench.operator.go();
      // It is in the line by then, and the first answer is not back.
      await sleep(1500);
      await bench.operator.kill();
      const folder = join(bench.lab.router.root, "run/multiwan");
      const until = performance.now() + (patience + 7) * 1000;
      for (let begun = false; performance.now() < until && !begun; await sleep(50)) {
        begun = existsSync(folder) && readdirSync(folder).some((name) => name.startsWith("tx."));
        if (begun) odd.push({ verdict: "unexplained", text: "a change that nobody waits for any more has begun" });
      }
    } finally {
      line.close();
    }
    return [...odd, ...(await judge([change[0]]))];
  });

/** From the change on a new connection gets something else than the router: it is rolled back, and that is told. */
export const f2Diverted = (change: Change, instead: Instead, by: "hostKey" | "banner" = "hostKey"): Case =>
  make("F2", `a new connection, asked for its ${by}, gets ${instead}`, change, async (bench, judge) => {
    // The operator's own shell rolls it back, and not the end of its time.
    const router = { ...bench.settings, confirmTimeout: 60, probe: { by } };
    const run = await bench.operator.run(bench.command(change[1], { at: "probe-start", act: "stop", router }));
    if (!(await run.reached)) return [missed("probe-start")];
    const end = await divert(bench.lab, instead);
    bench.operator.go();
    const answer = await run.done;
    await end();
    const odd: Finding[] =
      told(answer) === false ? [] : [{ verdict: "unexplained", text: `not told: ${JSON.stringify(answer?.failures)}` }];
    return [...odd.map(short), ...(await judge([change[0]], { returned: told(answer) }))];
  });

const short = (finding: Finding): Finding => ({ ...finding, text: finding.text.slice(0, 600) });
