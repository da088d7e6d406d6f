import { z } from "zod";
import { formatRule } from "../dialects/iproute2/rule.ts";
import { isAddress, isNetwork } from "../model/ip.ts";
import { noFacts } from "./facts.ts";
import { name, priority, tableId } from "./fields.ts";
import { insideFacts, insideRules, learnInside } from "./inside-rules.ts";
import { defineKind } from "./kind.ts";
import { DEFAULT_MASK, sourcePriority } from "./numbers.ts";

export const sourceRuleArgs = z.strictObject({
  /** Address or network whose own connections leave by this table, such as a server's 172.16.1.131. */
  source: z
    .string()
    .refine((text) => isAddress(text) || isNetwork(text), "must be an IPv4 address or network such as 172.16.1.131")
    .refine((text) => !text.endsWith("/0"), "0.0.0.0/0 is every packet: that is the main table's job (DefaultRoute)"),
  /** Number of the routing table. */
  table: tableId,
  /** The table's name, for showing. Default: what the router's rt_tables says. */
  tableName: name.optional(),
  /**
   * Priority of the rule `from <source> lookup main suppress_prefixlength 1`, behind every fwmark rule and before `priority`: networks
   * inside are reached by the main table. Default: no such rule.
   */
  insidePriority: priority.optional(),
  /** The program gives the main table a default route (DefaultRoute). Default false. */
  hasDefault: z.boolean().default(false),
  /** Place among the rules; behind every fwmark rule. Default 4200. */
  priority: priority.default(sourcePriority(DEFAULT_MASK)),
});

/** The manual switch: new connections *from* a server leave by one link; its replies go where they came from all the same. */
export const sourceRule = defineKind({
  type: "SourceRule",
  schema: sourceRuleArgs,
  rulesBehindMarks: true,

  learns: insideFacts,
  facts: ({ insidePriority, hasDefault }, snapshot) =>
    insidePriority === undefined ? noFacts : learnInside(snapshot, hasDefault),

  desired: ({ source, table, priority, insidePriority }, facts) => {
    const from = source.replace(/\/32$/, "");
    return [...insideRules(insidePriority, [from], facts), { kind: "rule", priority, from, table }];
  },

  // Before a fwmark rule it would win over the mark, and replies to the other ISP's clients would leave by this one.
  refuse: (args, { snapshot, isOurs }) =>
    snapshot.rules
      .filter((rule) => isOurs(rule) && rule.mark !== undefined && rule.priority >= args.priority)
      .map((rule) => ({
        path: ["priority"],
        message: `${args.priority} stands before the rule "${formatRule(rule, snapshot.tableNames.names)}": replies of ${args.source} would leave by the wrong link; take a priority above ${rule.priority}`,
      })),

  tableNames: (args) => new Map(args.tableName ? [[args.table, args.tableName]] : []),
});
