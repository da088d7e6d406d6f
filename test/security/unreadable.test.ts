/** A router that answers a change with what cannot be read: the change is taken back at once, and said so in plain text. */
import { expect, test } from "@jest/globals";
import { planOf } from "../../provider/plan/plan.ts";
import type { Session } from "../../provider/ssh/session.ts";
import { parseRouterSettings } from "../../provider/ssh/settings.ts";
import { TransactionFailed } from "../../provider/transact/failure.ts";
import { newGuard, transact } from "../../provider/transact/transaction.ts";
import { routerOf } from "../kinds/routers.ts";
import { CONTROL } from "./hostile.ts";

const parsed = parseRouterSettings({ host: "10.0.0.1" });
const settings = "settings" in parsed ? parsed.settings : undefined;

test.each([
  ["nothing at all", ""],
  ["half of it", "\n@@NONCE begin 0\nuid 0\n"],
  [
    "a rule that nobody knows",
    "\n@@NONCE begin 0\nuid 0\niptables iptables\ntool ip\ntool iptables\ntool iptables-save\ntool iptables-restore\nstate /run/multiwan\n@@NONCE facts 0\n\u001b[2Jx: \u009b31m\n\n@@NONCE rules 0\n\n@@NONCE save 0\n\n@@NONCE end 0\n",
  ],
])("%s", async (_what, answer) => {
  const router = routerOf();
  const desired = [{ kind: "rule", priority: 5000, from: "10.0.0.1", table: 7 } as const];
  const plan = planOf(router, new Map(), [{ owner: "p/s/SourceRule/a", desired }], new Map());
  const guard = newGuard(router, 60);
  const sent: string[] = [];
  const session = {
    router: "10.0.0.1",
    exchange: async (script: string) => {
      sent.push(script);
      const said = sent.length === 1 ? `\n@@NONCE applied\n${answer}` : "\n@@NONCE undone\n";
      return { stdout: said.replaceAll("NONCE", guard.run.nonce), stderr: "", exitCode: 0, ms: 1 };
    },
  } as unknown as Session;
  const failed = await transact(session, settings!, router, plan, guard).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(TransactionFailed);
  const { message } = (failed as TransactionFailed).error;
  expect(message).toMatch(
    /^10\.0\.0\.1: the change was made, but the router cannot be read any more: .*Everything was rolled back\.$/,
  );
  expect(CONTROL.test(message)).toBe(false);
  expect(sent).toHaveLength(2);
});
