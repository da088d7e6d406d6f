/** What a session sends to a router, counted. */
import { PassThrough, Writable } from "node:stream";
import { asScript, inTurn, type Script } from "../../provider/dialects/script.ts";
import { beginScript } from "../../provider/guard/begin.ts";
import { confirmScript } from "../../provider/guard/end.ts";
import { snapshotScript } from "../../provider/observe/snapshot-script.ts";
import { planOf } from "../../provider/plan/plan.ts";
import { shellChannel } from "../../provider/ssh/channel.ts";
import { routerOf } from "../kinds/routers.ts";

/** Bytes of each script in a session of its own kind: its shell answers at once, and runs nothing. */
export async function bytesSent(scripts: readonly (Script | string)[]): Promise<number[]> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  let bytes = 0;
  const stdin = new Writable({
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      const nonce = /@@([0-9a-f]{32}) end/.exec(chunk.toString())?.[1];
      if (nonce !== undefined)
        for (const stream of [stdout, stderr]) stream.write(`\n@@${nonce} begin\n\n@@${nonce} end 0\n`);
      done();
    },
  });
  const channel = shellChannel({ stdin, stdout, stderr }, { router: "r1", timeoutMs: 10_000 });
  const sizes: number[] = [];
  for (const script of scripts) {
    bytes = 0;
    await channel.exchange(asScript(script));
    sizes.push(bytes);
  }
  return sizes;
}

const run = { nonce: "0123456789abcdef", stateDir: "/run/multiwan" };

/** A preview's reading. */
export const reading = snapshotScript(run.nonce);

/** Two policy rules, as they come onto a router: the first exchange with its reading, and the second. */
export const change: readonly Script[] = (() => {
  const rule = (priority: number) => ({ kind: "rule", priority, from: `10.0.0.${priority % 100}`, table: 7 }) as const;
  const desired = [rule(5000), rule(5001)];
  const plan = planOf(routerOf(), new Map(), [{ owner: "p/s/SourceRule/a", desired }], new Map());
  const begun = { plan, seen: undefined, iptables: "iptables", seconds: 60, who: "anna@laptop", notAfter: 1_000_000 };
  return [inTurn(beginScript({ ...run, ...begun }), reading), confirmScript(run, plan.boot)];
})();
