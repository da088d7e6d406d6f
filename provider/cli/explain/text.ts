/** `explain` for people: a leg after the other; what declared and live have in common stands once. */
import type { Screen, Style } from "../screen.ts";
import { type ExplainedLeg, sameLeg } from "./model.ts";

export interface Sides {
  readonly declared: readonly ExplainedLeg[] | undefined;
  readonly live: readonly ExplainedLeg[] | undefined;
}

export function printSides(
  screen: Screen,
  { declared = [], live = [] }: Sides,
  named: (device: string) => string,
): void {
  const both = declared.length > 0 && live.length > 0;
  for (let i = 0; i < Math.max(declared.length, live.length); i++) {
    const [a, b] = [declared[i], live[i]];
    const same = !both || sameLeg(a, b);
    const leg = b ?? a!;
    const from = leg.in === null ? "from the router" : `in on ${named(leg.in)}`;
    screen.heading(`${leg.name}: ${leg.packet}, ${from}`);
    if (same) printSteps(screen, leg, undefined);
    else {
      if (a) printSteps(screen, a, "declared");
      if (b) printSteps(screen, b, "live", a);
    }
  }
}

function printSteps(screen: Screen, leg: ExplainedLeg, side: string | undefined, other?: ExplainedLeg): void {
  if (side !== undefined) screen.line({ text: `  ${side}`, style: "bold" });
  const known = new Set(other?.steps.map(({ at, text }) => `${at} ${text}`));
  const width = Math.max(...leg.steps.map(({ at }) => at.length));
  for (const { at, text } of leg.steps) {
    const news = other !== undefined && !known.has(`${at} ${text}`);
    screen.line(
      { text: `${news ? "> " : "  "}${at.padEnd(width)}  `, style: news ? "yellow" : "cyan" },
      { text, style: news ? "yellow" : "plain" },
    );
  }
  screen.line({ text: `  = ${leg.result}`, style: STYLES[leg.end] });
}

const STYLES: Record<ExplainedLeg["end"], Style> = {
  delivered: "green",
  sent: "green",
  dropped: "red",
  unknown: "yellow",
};
