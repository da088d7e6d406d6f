import { FULL_MASK } from "../../model/line.ts";
import { formatMark, formatMarkAndMask } from "../../model/mark.ts";
import type { PacketRule, Target } from "../../model/packet-rule.ts";
import type { Capabilities } from "../../model/snapshot.ts";
import { versionAtLeast } from "../../model/version.ts";
import { writeMatch } from "./match-words.ts";
import { ruleText } from "./packet-rule.ts";
import { splitWords } from "./rule-words.ts";

/**
 * A rule as it is sent to a router. `--set-mark V/M` and `--restore-mark --mask M` are accepted by every version that has masks at
 * all, `--set-xmark` and `--nfmask` only since 1.4.0; all read back the same. What iptables-save has printed, iptables-restore takes.
 */
export function commandRule(rule: PacketRule, { iptables }: Pick<Capabilities, "iptables">): string {
  const { matches, target, opaque } = rule;
  const words = opaque || !target ? undefined : commandTarget(target, !versionAtLeast(iptables.version, "1.4.0"));
  return words === undefined ? ruleText(rule) : [...matches.map(writeMatch), words].join(" ");
}

/** The same as arguments of the command. */
export function commandArguments(rule: PacketRule, capabilities: Pick<Capabilities, "iptables">): string[] {
  return splitWords(commandRule(rule, capabilities)).map((word) => word.text);
}

/** undefined: as iptables-save prints it. */
function commandTarget(target: Target, old: boolean): string | undefined {
  switch (target.kind) {
    case "setMark":
      return setMark("MARK", target, old);
    case "setConnmark":
      return setMark("CONNMARK", target, false);
    case "saveMark":
    case "restoreMark": {
      const { kind, packetMask, connectionMask } = target;
      if (packetMask !== connectionMask) return undefined;
      const mode = `-j CONNMARK --${kind === "saveMark" ? "save" : "restore"}-mark`;
      return packetMask === FULL_MASK ? mode : `${mode} --mask ${formatMark(packetMask)}`;
    }
    default:
      return undefined;
  }
}

/**
 * Bits outside of the mask are flipped by --set-xmark: no older option says that.
 * @param old the MARK target before 1.4.0 has no mask, but `--or-mark` and `--and-mark` do what a mask would
 */
function setMark(name: string, { value, mask }: { value: number; mask: number }, old: boolean): string | undefined {
  if ((value & ~mask) !== 0) return undefined;
  if (old && mask !== FULL_MASK && value === mask) return `-j ${name} --or-mark ${formatMark(value)}`;
  if (old && mask !== FULL_MASK && value === 0) return `-j ${name} --and-mark ${formatMark(~mask)}`;
  return `-j ${name} --set-mark ${formatMarkAndMask({ mark: value, mask })}`;
}
