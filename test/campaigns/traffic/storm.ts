/**
 * `npm run storm -- [--applies 50] [--rate 100] [--iptables nft|legacy] [--marking every-packet|reply-only] [--control] [--verbose]`
 * New connections on every link while the router is changed: how many were ever on the wrong link, for a moment or for
 * life. The same with a router that is edited by hand, one command after the other, to show what would be seen.
 */
import { parseArgs } from "node:util";
import { type CampaignOptions, type Outcome, storm, stormByHand } from "./campaign.ts";
import { tally } from "./judge.ts";

const { values } = parseArgs({
  options: {
    applies: { type: "string", default: "50" },
    rate: { type: "string", default: "100" },
    iptables: { type: "string", default: "nft" },
    marking: { type: "string", default: "every-packet" },
    /** Only the one edited by hand. */
    control: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  },
});

const COLUMNS = ["connections", "right", "strayed", "wrong for life", "shut", "failed", "p99"] as const;

function show(title: string, { judged, applies, held, lost }: Outcome): void {
  console.log(`\n${title}: ${applies} changes`);
  console.log(`${"".padEnd(10)}${COLUMNS.map((c) => (c === "p99" ? "p99 ms" : c).padStart(15)).join("")}`);
  for (const target of [...new Set(judged.map((one) => one.target)), ""]) {
    const counts = tally(judged.filter((one) => target === "" || one.target === target));
    const row = COLUMNS.map((c) => String(counts[c]).padStart(15)).join("");
    console.log(`${(target || "all").padEnd(10)}${row}`);
  }
  console.log(`held over changes: ${held}, lost: ${lost.length}`);
  const list = values.verbose ? lost : lost.slice(0, 3);
  for (const one of list) console.log(`  ${one}`);
  const bad = judged.filter(({ fate }) => fate === "wrong for life" || fate === "failed");
  const why = Map.groupBy(
    bad,
    ({ target, fate, error, kept }) => `${target} ${kept ? "kept " : ""}${fate}: ${error?.replace(/ - Local.*/, "")}`,
  );
  for (const [text, ones] of why) {
    const when = ones.map(({ begun }) => (begun / 1000).toFixed(1));
    console.log(`  ${ones.length} ${text}${values.verbose ? `, begun at ${when.join(" ")} s` : ""}`);
  }
}

const options: CampaignOptions = {
  lab: { iptables: values.iptables as "nft" | "legacy" },
  applies: Number(values.applies),
  perSecond: Number(values.rate),
  marking: values.marking as "every-packet" | "reply-only",
  ...(values.verbose && { say: (line: string) => console.log(line) }),
};
const named = `iptables ${values.iptables}`;
let wrong = 0;
if (!values.control) {
  const ours = await storm(options);
  show(`pulumi-multiwan, ${named}, ${values.marking}`, ours);
  wrong = tally(ours.judged)["wrong for life"] + ours.lost.length;
}
const control = await stormByHand(options);
show(`typed by hand, ${named}, one command after the other, new connections marked`, control);
const seen = tally(control.judged)["wrong for life"];
if (seen === 0) console.log("The control found nothing: this run proves nothing.");
process.exitCode = wrong > 0 || seen === 0 ? 1 : 0;
