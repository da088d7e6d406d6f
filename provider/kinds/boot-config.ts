import { z } from "zod";
import type { BootHook } from "../kernel/snapshot.ts";
import { BOOT_DIR, bootFiles } from "./boot-files.ts";
import { defineKind } from "./kind.ts";

export const bootConfigArgs = z.strictObject({
  /**
   * What starts the loader: `ifupdown`, `systemd`, `sysvinit`. Default: all that the router has, found out when the
   * resource is first checked.
   */
  hooks: z.array(z.enum(["ifupdown", "systemd", "sysvinit"])).optional(),
});

/**
 * Makes everything that is applied on this router survive a reboot: a loader with its hooks, and from then on every
 * confirmed transaction writes the router's boot file as its last step.
 */
export const bootConfig = defineKind({
  type: "BootConfig",
  schema: bootConfigArgs,

  facts: (args, { boot }) => ({ hooks: args.hooks ?? boot.hooks }),

  desired: (args, facts) => bootFiles(args.hooks ?? (facts.hooks as readonly BootHook[] | undefined) ?? []),

  refuse: (args, { snapshot: { boot } }) =>
    (args.hooks ?? boot.hooks).length === 0
      ? [
          {
            path: ["hooks"],
            message: `nothing on the router could start ${BOOT_DIR}/load after a reboot: it has neither /etc/network/if-up.d, nor systemd, nor an /etc/rcS.d whose links all run (insserv's startpar runs only registered ones)`,
          },
        ]
      : [],
});
