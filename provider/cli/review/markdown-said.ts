/** What the preview said, in Markdown: the verdict of the proof, drift, and other warnings. Pure. */
import { fenced } from "./escape.ts";
import type { Part } from "./part.ts";
import type { SiteReview } from "./review.ts";
import { many } from "./words.ts";

export function proof({ said, outcome, isDestroy }: SiteReview): Part[] {
  const { counts, lost, mended, untold } = said;
  const verdict = counts
    ? `${many(counts.before.yes, "claim holds", "claims hold")} before this change, ${counts.after.yes} after it.${fewer(counts)}${others(counts)}`
    : isDestroy
      ? "none yet. The preview of a destroy does not look at the router; each step is proved when it is made."
      : outcome === "changes"
        ? "the preview says nothing of it."
        : "";
  const told = (
    [
      ["Lost, and not by this change", lost],
      ["Mended by this change", mended],
      ["Cannot be told", untold],
    ] as const
  ).filter(([, all]) => all.length > 0);
  if (verdict === "" && told.length === 0) return [];
  return [
    {
      weight: "site",
      text: `**Proof** that every connection gets its reply by the link it came in on: ${verdict}`.trimEnd(),
      short: "",
    },
    ...told.map(
      ([title, all]): Part => ({
        ...{ weight: "words", text: `${title}:\n\n${fenced(all)}` },
        short: `${title}: ${many(all.length, "sentence")} left out here.`,
      }),
    ),
  ];
}

/** Each service, network and way of the default has its claims, and before a first change the router's own connections have some. */
function fewer({ before, after }: NonNullable<SiteReview["said"]["counts"]>): string {
  const isWorse = ANSWERS.some(([kind]) => after[kind] > before[kind]);
  return after.yes < before.yes && !isWorse ? " Fewer are no loss: claims are made of what is declared." : "";
}

const ANSWERS = [
  ["no", "do not hold", ""],
  ["shut", "are shut by rules", ""],
  ["cannot tell", "cannot be told", "; `multiwan verify` says why"],
] as const;

function others({ before, after }: NonNullable<SiteReview["said"]["counts"]>): string {
  return ANSWERS.filter(([kind]) => before[kind] + after[kind] > 0)
    .map(([kind, words, more]) => ` Those that ${words}: ${before[kind]} before, ${after[kind]} after${more}.`)
    .join("");
}

export function drift({ said, lines: all }: SiteReview): Part[] {
  const mine = all.filter((one) => one.drift.length > 0).map((one) => ({ resource: one.resource, lines: one.drift }));
  const told = [...mine, ...said.drift.filter(({ resource }) => !mine.some((one) => one.resource === resource))];
  if (told.length === 0) return [];
  const text = told.flatMap(({ resource, lines }) => [resource, ...lines.map((line) => `  ${line}`)]);
  return [
    {
      ...{
        weight: "words",
        text: `**Drift**: where the router differs from what the last run left\n\n${fenced(text)}`,
      },
      short: `**Drift** of ${many(told.length, "resource")}, left out here.`,
    },
  ];
}

export function warnings({ said }: SiteReview): Part[] {
  if (said.warnings.length === 0) return [];
  const text = said.warnings.flatMap((one) => one.split("\n"));
  return [
    {
      ...{ weight: "words", text: `**The preview also warns**\n\n${fenced(text)}` },
      short: `**The preview also warns**: ${many(said.warnings.length, "warning")} left out here.`,
    },
  ];
}
