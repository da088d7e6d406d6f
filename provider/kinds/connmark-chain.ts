import { z } from "zod";
import { chainName } from "../model/chain-name.ts";
import type { ChainLine, HookLine } from "../model/line.ts";
import { formatMark } from "../model/mark.ts";
import type { PacketRule } from "../model/packet-rule.ts";
import { hasMark, inDevice, jumpTo, MARKED, ruleOf } from "../model/rule-parts.ts";
import { refuseMissingDevice } from "./device-checks.ts";
import { device, mark32, name } from "./fields.ts";
import { defineKind } from "./kind.ts";
import { insideMask, maskOf } from "./numbers.ts";
import { refuseStrictLinks } from "./strict-links.ts";

export const connmarkChainArgs = z
  .strictObject({
    /** Name that the chains carry: `mw-<chain>-mark` and `mw-<chain>-out`. */
    chain: name,
    /** The links in order, each with its device and the mark of its connections. */
    links: z
      .array(
        z.strictObject({
          device,
          mark: mark32,
          /** Name of the link, for errors. Default: its place in the list. */
          link: name.optional(),
        }),
      )
      .min(1, "must list at least one link"),
    /**
     * Bits that belong to these marks, for packets and connections alike; other bits are never touched. Default: those of
     * a FwmarkRule, 0xff for small marks and 0x0f000000 for marks in there.
     */
    mask: mark32.optional(),
    /**
     * `every-packet` (default): the classic order, every packet of a connection carries its mark, so tables need the
     * LAN's routes. `reply-only`: the connection is marked on the way in and the mark restored only on packets that do
     * not arrive on a link's device; tables need nothing but their default.
     */
    marking: z.enum(["every-packet", "reply-only"]).default("every-packet"),
    /** Restore the mark on the router's own replies too (mangle OUTPUT). Default true. */
    output: z.boolean().default(true),
  })
  .superRefine((args, context) => {
    const issue = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
    const mask = maskFor(args);
    args.links.forEach((link, i) => {
      if (!insideMask(link.mark, mask))
        issue(["links", i, "mark"], `${formatMark(link.mark)} has bits outside the mask ${formatMark(mask)}`);
      const first = args.links.findIndex((other) => other.mark === link.mark);
      if (first < i) issue(["links", i, "mark"], `${formatMark(link.mark)} is the mark of links[${first}] already`);
      const same = args.links.findIndex((other) => other.device === link.device);
      if (same < i) issue(["links", i, "device"], `${link.device} is the device of links[${same}] already`);
    });
  });

type Args = z.output<typeof connmarkChainArgs>;
type Rules = Pick<Args, "links"> & { readonly mask: number };

/** The mask of all marks together, by the rule that gives a FwmarkRule its mask. */
function maskFor({ mask, links }: Pick<Args, "links" | "mask">): number {
  return mask ?? maskOf(links.reduce((bits, link) => (bits | link.mark) >>> 0, 0));
}

/** Marks every connection with the link it came in on, in a chain of its own before whatever else is in mangle. */
export const connmarkChain = defineKind({
  type: "ConnmarkChain",
  schema: connmarkChainArgs,

  desired: (args) => {
    const incoming = chainName(args.chain, "mark");
    const outgoing = chainName(args.chain, "out");
    const rules: Rules = { links: args.links, mask: maskFor(args) };
    const chain = (name: string, rules: PacketRule[]): ChainLine => ({
      kind: "chain",
      table: "mangle",
      chain: name,
      rules,
    });
    const hook = (builtIn: string, target: string): HookLine => ({
      kind: "hook",
      table: "mangle",
      chain: builtIn,
      rule: jumpTo(target),
    });
    return [
      chain(incoming, args.marking === "every-packet" ? everyPacket(rules) : replyOnly(rules)),
      hook("PREROUTING", incoming),
      ...(args.output ? [chain(outgoing, ownReplies(rules)), hook("OUTPUT", outgoing)] : []),
    ];
  },

  refuse: (args, view) => [
    ...args.links.flatMap((l, i) => refuseMissingDevice(view, l.device, ["links", l.link ?? i, "device"])),
    // A chain that stands has been proved, or what was lost had been lost before.
    ...(view.snapshot.iptables.mangle?.chains.has(chainName(args.chain, "mark"))
      ? []
      : refuseStrictLinks(args, view.snapshot, view.claims)),
  ],
});

/**
 * Restore; then per link "has its mark: done" and "came in on its device: mark it"; save. RETURN where the hand-made
 * chain says ACCEPT: the rules of others behind our hook still see the packet.
 */
function everyPacket({ links, mask }: Rules): PacketRule[] {
  return [
    restore(mask),
    ...links.flatMap(({ device, mark }) => [
      ruleOf([hasMark(mark, mask)], { kind: "return" }),
      ruleOf([inDevice(device)], { kind: "setMark", value: mark, mask }),
    ]),
    ruleOf([], { kind: "saveMark", packetMask: mask, connectionMask: mask }),
  ];
}

/**
 * A connection has the mark of the device it arrives on, whatever its age and whatever mark it had: so those that were
 * open before keep their link, also when its mark is renumbered. Restored on "not from a link's device", never on the
 * reply direction alone: the second reply of a LAN-originated connection would be sent back out.
 */
function replyOnly({ links, mask }: Rules): PacketRule[] {
  return [
    ...links.flatMap(({ device, mark }) => [
      ruleOf([inDevice(device)], { kind: "setConnmark", value: mark, mask }),
      ruleOf([inDevice(device)], { kind: "return" }),
    ]),
    restore(mask),
  ];
}

/** A packet that already has a mark of anybody's is left alone: a VPN compares its whole mark and would break. */
function ownReplies({ mask }: Rules): PacketRule[] {
  return [ruleOf([MARKED], { kind: "return" }), restore(mask)];
}

function restore(mask: number): PacketRule {
  return ruleOf([], { kind: "restoreMark", packetMask: mask, connectionMask: mask });
}
