import { z } from "zod";
import { NETWORKD_DROP_IN } from "../coexistence/networkd.ts";
import { BOOT_DIR, bootFiles } from "./boot-files.ts";
import { fact } from "./facts.ts";
import { defineKind } from "./kind.ts";

const hook = z.enum(["ifupdown", "systemd", "sysvinit"]);

/** What the router has to start the loader. */
const bootFacts = z.object({ hooks: fact(hook) });

export const bootConfigArgs = z.strictObject({
  /**
   * What starts the loader: `ifupdown`, `systemd`, `sysvinit`. Default: all that the router has, found out when the
   * resource is first checked.
   */
  hooks: z.array(hook).optional(),
  /** `keep-foreign`: a drop-in tells systemd-networkd not to delete what it did not make itself. Default `leave`: nothing. */
  networkd: z.enum(["leave", "keep-foreign"]).default("leave"),
});

/**
 * Makes everything that is applied on this router survive a reboot: a loader with its hooks, and from then on every
 * confirmed transaction writes the router's boot file as its last step.
 */
export const bootConfig = defineKind({
  type: "BootConfig",
  schema: bootConfigArgs,

  learns: bootFacts,
  persists: true,
  facts: (args, { boot }) => ({ hooks: args.hooks ?? boot.hooks }),

  desired: (args, facts) => [
    ...bootFiles(args.hooks ?? facts.hooks ?? []),
    ...(args.networkd === "keep-foreign" ? [NETWORKD_DROP_IN] : []),
  ],

  // In the run that writes it, which the engine checks twice; afterwards its files say no.
  warn: (args, { capabilities: { networkd } }) =>
    args.networkd === "keep-foreign" && (networkd?.deletesRules || networkd?.deletesRoutes)
      ? [
          `${NETWORKD_DROP_IN.path} takes effect when systemd-networkd next starts, and nothing here restarts it: systemctl restart systemd-networkd`,
        ]
      : [],

  refuse: (args, { snapshot: { boot } }) => [
    ...(boot.fixed === undefined
      ? []
      : [
          {
            path: [],
            message: `${boot.fixed} cannot be written on this router, so nothing would survive a reboot: make its file system writable, or leave BootConfig out (persist: false in a site)`,
          },
        ]),
    ...(boot.startpar && args.hooks?.includes("sysvinit")
      ? [
          {
            path: ["hooks", args.hooks.indexOf("sysvinit")],
            message:
              "sysvinit's link in /etc/rcS.d would never run on this router: insserv's startpar runs only scripts that it has registered (/etc/init.d/.depend.boot). Leave hooks out, or say ifupdown",
          },
        ]
      : []),
    ...((args.hooks ?? boot.hooks).length === 0
      ? [
          {
            path: ["hooks"],
            message: `nothing on the router could start ${BOOT_DIR}/load after a reboot: it has neither /etc/network/if-up.d, nor systemd, nor an /etc/rcS.d whose links all run (insserv's startpar runs only registered ones)`,
          },
        ]
      : []),
  ],
});
