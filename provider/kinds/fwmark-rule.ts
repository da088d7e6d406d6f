import { z } from "zod";
import { formatMark } from "../model/mark.ts";
import { mark32, name, priority, tableId } from "./fields.ts";
import { defineKind } from "./kind.ts";
import { insideMask, maskOf } from "./numbers.ts";

export const fwmarkRuleArgs = z
  .strictObject({
    /** Mark of the link's connections, such as 1 or 0x1000000. */
    mark: mark32,
    /** Which bits of the packet's mark are compared. Default 0xff or 0x0f000000, whichever holds the mark, else all. */
    mask: mark32.optional(),
    /** Number of the routing table that such packets use. */
    table: tableId,
    /** The table's name, for showing. Default: what the router's rt_tables says. */
    tableName: name.optional(),
    /** Place among the rules, 1 to 32765, before every rule that picks a table by source address. */
    priority,
  })
  .superRefine((args, context) => {
    const mask = args.mask ?? maskOf(args.mark);
    if (insideMask(args.mark, mask)) return;
    context.addIssue({
      code: "custom",
      path: ["mark"],
      message: `${formatMark(args.mark)} has bits outside the mask ${formatMark(mask)}: no packet would ever match`,
    });
  });

/** One policy rule: packets that carry the link's mark use the link's table. */
export const fwmarkRule = defineKind({
  type: "FwmarkRule",
  schema: fwmarkRuleArgs,
  desired: ({ mark, mask, table, priority }) => [
    { kind: "rule", priority, from: "all", mark, mask: mask ?? maskOf(mark), table },
  ],
  tableNames: (args) => new Map(args.tableName ? [[args.table, args.tableName]] : []),
});
