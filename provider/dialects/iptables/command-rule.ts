import { FULL_MASK } from "../../model/line.ts";
import { formatMark, formatMarkAndMask, parseMark, parseMarkAndMask } from "../../model/mark.ts";
import { orElse } from "../../model/not-understood.ts";
import type { Capabilities } from "../../model/snapshot.ts";
import { versionAtLeast } from "../../model/version.ts";
import { option } from "./canonical-options.ts";
import { canonicalShape, writeRule } from "./canonical-rule.ts";
import { type RuleOption, type RulePart, shapeOf } from "./rule-shape.ts";

/**
 * The spelling of a canonical rule to send to a router. `--set-mark V/M` and `--restore-mark --mask M` are accepted by
 * every version that has masks at all, `--set-xmark` and `--nfmask` only since 1.4.0; all read back the same.
 */
export function commandRule(canonical: string, caps: Pick<Capabilities, "iptables">): string {
  const shape = orElse(
    () => canonicalShape(shapeOf(canonical)),
    () => undefined,
  );
  // What iptables-save has printed, iptables-restore takes.
  if (!shape) return canonical;
  if (!shape.target) return writeRule(shape);
  const target = { ...commandTarget(shape.target, caps.iptables.version), option: shape.target.option };
  return writeRule({ ...shape, target });
}

function commandTarget(target: RulePart, version: string): RulePart {
  if (target.name === "MARK") return { ...target, options: setMark(target.options, !versionAtLeast(version, "1.4.0")) };
  if (target.name === "CONNMARK") return { ...target, options: copyMark(setMark(target.options, false)) };
  return target;
}

/** `old`: the MARK target before 1.4.0 has no mask, but `--or-mark` and `--and-mark` do what a mask would. */
function setMark(options: readonly RuleOption[], old: boolean): readonly RuleOption[] {
  return options.map((entry) => {
    const given = entry.name === "--set-xmark" ? parseMarkAndMask(entry.values[0]?.text ?? "") : undefined;
    // Bits outside of the mask are flipped by --set-xmark: no older option says that.
    if (!given || (given.mark & ~given.mask) !== 0) return entry;
    if (old && given.mask !== FULL_MASK && given.mark === given.mask)
      return option("--or-mark", formatMark(given.mark));
    if (old && given.mask !== FULL_MASK && given.mark === 0) return option("--and-mark", formatMark(~given.mask));
    return option("--set-mark", formatMarkAndMask(given));
  });
}

function copyMark(options: readonly RuleOption[]): readonly RuleOption[] {
  const maskOf = (name: string) => parseMark(options.find((entry) => entry.name === name)?.values[0]?.text ?? "");
  const mask = maskOf("--nfmask");
  if (mask === undefined || mask !== maskOf("--ctmask")) return options;
  const others = options.filter((entry) => entry.name !== "--nfmask" && entry.name !== "--ctmask");
  return mask === FULL_MASK ? others : [...others, option("--mask", formatMark(mask))];
}
