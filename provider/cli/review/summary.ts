/** A site's change in one line. Pure. */

import { formatMark } from "../../model/mark.ts";
import type { Changes } from "./affected.ts";
import type { Step } from "./preview.ts";
import { groups } from "./props.ts";
import { driftedOf, type Judged } from "./risks.ts";
import { saySetting, settingsOf } from "./settings.ts";
import { isOnlyMended, unmoved } from "./unmoved.ts";
import { joined, many, own, say, type Words } from "./words.ts";

export function summaryOf(outcome: "changes" | "nothing" | "refused", judged: Judged): Words {
  const { said, isDestroy } = judged;
  if (outcome === "refused") {
    const [first = "", ...more] = said.refusals;
    const others = more.length === 0 ? "" : `, and ${many(more.length, "other reason")}`;
    return say`cannot be applied: ${cut(reasonOf(first))}${own(others)}`;
  }
  const drifted = driftedOf(judged.lines, said);
  if (outcome === "nothing") {
    const lost = said.lost.length > 0 ? own("; some connections are lost already: see below") : own("");
    return say`nothing changes${lost}`;
  }
  const parts = [
    ...(isDestroy ? [own("everything goes")] : []),
    ...counts(
      judged.services.length > 0 ? judged.links.filter(({ onlyAddresses }) => !onlyAddresses) : judged.links,
      "link",
    ),
    ...counts(judged.services, "service"),
    ...ways(judged),
    ...(drifted.length > 0 ? [own(`drift of ${many(drifted.length, "resource")} is mended`)] : []),
  ];
  const rest = parts.length > 0 ? parts : otherChanges(judged).slice(0, 1);
  const none = own(judged.lines.length > 0 ? "lines of the router change" : "no line of the router changes");
  const all = joined(rest.length > 0 ? rest : [none], ", ");
  return say`${all}${proof(judged)}`;
}

/** Its first line, and the next where that is only a heading. */
function reasonOf(text: string): string {
  const [first = "", next = ""] = text.split("\n");
  return first.endsWith(":") && next !== "" ? `${first} ${next.trim()}` : first;
}

/** The whole of it stands below. */
const LONGEST = 160;
const cut = (text: string) => (text.length > LONGEST ? `${text.slice(0, LONGEST).replace(/\s+\S*$/, "")} ...` : text);

const VERBS = {
  comes: "added",
  goes: "removed",
  moves: "moved to another server",
  changes: "changed",
  "is mended": "mended",
} as const;

function counts(all: readonly { readonly what: keyof typeof VERBS }[], one: string): Words[] {
  return (["comes", "goes", "moves", "changes"] as const).flatMap((what) => {
    const count = all.filter((each) => each.what === what).length;
    return count === 0 ? [] : [own(`${many(count, one)} ${VERBS[what]}`)];
  });
}

function ways({ default: main, switches, isDestroy }: Changes & { readonly isDestroy: boolean }): Words[] {
  if (isDestroy) return [];
  const moved = !main
    ? []
    : main.to === undefined
      ? [own("no default any more")]
      : main.from === undefined
        ? [say`default by ${main.to}`]
        : [say`default moves from ${main.from} to ${main.to}`];
  return [
    ...moved,
    ...switches.map(({ server, to }) =>
      to === undefined ? say`${server} leaves by the default again` : say`${server} leaves by ${to}`,
    ),
  ];
}

/** The verdict, before and after. */
function proof({ said: { counts: all }, isDestroy }: Judged): Words {
  if (!all) return own(isDestroy ? "; no proof yet" : "");
  const lost = all.after.no > 0 ? `, ${all.after.no} do not` : "";
  return own(`; proof: ${all.before.yes} hold before, ${all.after.yes} after${lost}`);
}

/** What changes and is neither a link's, nor a service's, nor a way's. */
export function otherChanges({ preview, names, links, services, lines }: Judged): Words[] {
  const { steps, others } = preview;
  const of = (kind: string) => steps.filter((step) => step.kind === kind);
  const boot = of("BootConfig").map((step) =>
    own(isOnlyMended(step) ? "The boot files are put back as declared" : BOOT[step.op]),
  );
  const marks = of("ConnmarkChain").flatMap((step): Words[] => {
    const { op, before, after } = step;
    if (isOnlyMended(step)) return [own("The chain that marks connections is put back as declared")];
    if (op === "create" || op === "delete")
      return [
        own(op === "create" ? "The chain that marks connections comes" : "The chain that marks connections goes"),
      ];
    const mark = (props: typeof before) =>
      groups(props, "links").map(
        ({ device, mark: one }) => `${device} ${typeof one === "number" ? formatMark(one) : ""}`,
      );
    const [was, is] = [mark(before), mark(after)];
    const come = is.filter((one) => !was.includes(one));
    const go = was.filter((one) => !is.includes(one));
    const told = [
      ...(come.length > 0 ? [say`it now marks ${come}`] : []),
      ...(go.length > 0 ? [say`no longer ${go}`] : []),
    ];
    return [
      told.length > 0
        ? say`The chain that marks connections follows: ${joined(told, ", ")}`
        : own("The chain that marks connections changes"),
    ];
  });
  const maps =
    of("ServerMap").length > 0 &&
    services.length === 0 &&
    links.every(({ what }) => what !== "comes" && what !== "goes")
      ? [own(translation(of("ServerMap")))]
      : [];
  const replaced = steps.filter(({ op }) => op === "replace").map(({ kind, name }) => `${kind} ${name}`);
  const hidden = lines.filter((one) => one.hidden).map(({ resource }) => resource);
  return [
    ...marks,
    ...maps,
    ...boot,
    ...unmoved(steps, names),
    ...(replaced.length > 0 ? [say`Replaced in the state, with no line moved for it: ${replaced}`] : []),
    ...(hidden.length > 0 ? [say`Hidden, because a value is a secret: ${hidden}`] : []),
    ...settingsOf(steps),
    ...(preview.settings ?? []).flatMap(({ changes }) => changes.map((one) => say`Setting ${saySetting(one)}`)),
    ...others.map(({ op, name }) => say`${own("Another resource")}: ${name} (${own(op)})`),
  ];
}

function translation(maps: readonly Step[]): string {
  if (maps.every(isOnlyMended)) return "Translation is put back as declared, published services included";
  const isHidden = maps.some(({ before, after }) =>
    [before, after].some(({ entries }) => entries !== undefined && !Array.isArray(entries)),
  );
  return isHidden
    ? "Translation changes; which services it publishes is a secret"
    : "Translation of what leaves changes; no published service does";
}

const BOOT = {
  create: "The lines come back after a reboot: boot files are written",
  delete: "The lines no longer come back after a reboot: the boot files go",
  update: "The boot files change",
  replace: "The boot files are written again",
} as const;
