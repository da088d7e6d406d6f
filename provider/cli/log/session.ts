/** A log on one router: put there, followed, taken away. */
import { randomBytes } from "node:crypto";
import { quote } from "../../dialects/quote.ts";
import { type LogOutcome, logOffScript, logOnScript, parseLogOutcome } from "../../guard/log.ts";
import type { Run } from "../../guard/shell.ts";
import type { Match } from "../../model/packet-rule.ts";
import type { Snapshot } from "../../model/snapshot.ts";
import { restoreCommand } from "../../plan/iptables-steps.ts";
import { RouterError } from "../../ssh/errors.ts";
import type { Session } from "../../ssh/session.ts";
import { operator } from "../../transact/transaction.ts";

export interface Log {
  readonly run: Run;
  /** What its lines in the kernel's log begin with. */
  readonly prefix: string;
}

/** Puts the rules there. Nothing is left of them where this throws. @throws {RouterError} */
export async function startLog(
  session: Session,
  { capabilities }: Snapshot,
  matches: readonly (readonly Match[])[],
  what: string,
  seconds: number,
): Promise<Log> {
  const run = { nonce: randomBytes(8).toString("hex"), stateDir: capabilities.stateDir };
  const prefix = `mw${run.nonce.slice(0, 6)}`;
  const tools = { iptables: capabilities.iptables.command, restore: restoreCommand(capabilities) };
  const script = logOnScript({ ...run, ...tools, matches, prefix, what, seconds, who: operator() });
  const { stdout } = await session.exchange(script, { what: "starting the log" });
  const outcome = parseLogOutcome(stdout, run.nonce);
  if (outcome?.kind !== "on") throw refusal(session.router, outcome);
  return { run, prefix };
}

/** Takes away whatever log there is. @throws {RouterError} */
export async function stopLog(
  session: Session,
  { capabilities }: Snapshot,
): Promise<LogOutcome & { kind: "off" | "none" }> {
  const run = { nonce: randomBytes(8).toString("hex"), stateDir: capabilities.stateDir };
  const tools = { iptables: capabilities.iptables.command, restore: restoreCommand(capabilities) };
  const { stdout } = await session.exchange(logOffScript({ ...run, ...tools }), { what: "ending the log" });
  const outcome = parseLogOutcome(stdout, run.nonce);
  if (outcome?.kind === "off" || outcome?.kind === "none") return outcome;
  throw refusal(session.router, outcome);
}

/** The lines so far, oldest first, and whether more may come. */
export async function readLog(session: Session, { run, prefix }: Log): Promise<{ lines: string[]; alive: boolean }> {
  const nonce = randomBytes(8).toString("hex");
  // Before the lines: a log that has ended by then adds no more.
  const script = `r=; read -r r 2>/dev/null <${quote(`${run.stateDir}/log/run`)}; echo "@@${nonce} $r"
{ dmesg 2>/dev/null || logread 2>/dev/null; } | grep -F '${prefix} '`;
  const { stdout } = await session.exchange(script, { what: "reading the kernel's log" });
  const [head = "", ...lines] = stdout.split("\n");
  return { lines: lines.filter((line) => line !== ""), alive: head === `@@${nonce} ${run.nonce}` };
}

function refusal(router: string, outcome: LogOutcome | undefined): RouterError {
  switch (outcome?.kind) {
    case "busy":
      return new RouterError("locked", {
        router,
        what: `another log is running: ${outcome.what || "unknown"}, of ${outcome.who || "unknown"}`,
        hint: `It ends by itself in ${outcome.seconds} seconds; \`multiwan log off\` ends it now`,
      });
    case "locked":
      return new RouterError("locked", {
        router,
        what: "somebody is changing this router",
        why: outcome.who || "it has just begun",
        hint: `Wait until it has ended, in ${outcome.seconds} seconds at the latest`,
      });
    case "refused":
      return new RouterError("apply-failed", {
        router,
        what: "the router's iptables does not take the LOG rules",
        hint: "It needs LOG, limit and conntrack matches (xt_LOG, xt_limit, xt_conntrack). Nothing was changed",
        output: outcome.output,
      });
    case "unusable":
      return new RouterError("apply-failed", {
        router,
        what: "starting the log",
        why: `${outcome.what} cannot be used for the provider's own files`,
        hint: "Nothing was changed",
      });
    case "unwatched":
      return new RouterError("apply-failed", {
        router,
        what: "starting the log",
        why: "the process that would end it did not start",
        hint: "Nothing was changed",
      });
    default:
      return new RouterError("not-understood", { router, what: "the script did not come to its end" });
  }
}
