/** The policy rules of a router that nobody has changed, ip-rule(8). */
import { DEFAULT_TABLE, LOCAL_TABLE, MAIN_TABLE, type RuleLine } from "./line.ts";

/** Priority of the rule by which everybody looks up the main table. */
export const MAIN_PRIORITY = 32766;

const rule = (priority: number, table: number): RuleLine => ({ kind: "rule", priority, from: "all", table });

export const KERNEL_RULES: readonly RuleLine[] = [
  rule(0, LOCAL_TABLE),
  rule(MAIN_PRIORITY, MAIN_TABLE),
  rule(MAIN_PRIORITY + 1, DEFAULT_TABLE),
];

/** Has it the place and the table of one of them, whatever it selects? */
export function isInKernelPlace({ priority, table }: RuleLine): boolean {
  return KERNEL_RULES.some((own) => own.priority === priority && own.table === table);
}
