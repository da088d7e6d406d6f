/** The counts of a campaign of lives, and what was refused and why. */
import { Coverage } from "../routers/coverage.ts";
import type { RandomRouter } from "../routers/value.ts";
import type { Outcome } from "./life.ts";
import { reasonOf } from "./reasons.ts";

export interface PlayedLife {
  readonly seed: number;
  readonly n: number;
  readonly ms: number;
  readonly router: RandomRouter;
  readonly outcome: Outcome;
}

/** Each value is to be drawn this often among the routers that a site was applied to. */
const LEAST = 30;

export class Report {
  readonly #coverage = new Coverage();
  readonly #counts = new Map<string, number>();
  readonly #reasons = new Map<string, number[]>();
  #lives = 0;
  #ms = 0;
  failures = 0;

  add({ router, outcome, n, ms }: PlayedLife): void {
    this.#lives++;
    this.#ms += ms;
    this.#coverage.add(router, outcome.kind !== "refused");
    if (outcome.kind === "refused") {
      const reason = reasonOf(outcome.why);
      this.#reasons.set(reason, [...(this.#reasons.get(reason) ?? []), n]);
    }
    if (outcome.kind === "failed") this.failures++;
    const what = outcome.kind === "failed" ? `FAILED, ${outcome.verdict}` : outcome.kind;
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  text(): string {
    const refused = this.#counts.get("refused") ?? 0;
    const applied = this.#lives - refused;
    const rare = this.#coverage.rare(LEAST).map((key) => key.replace("\0", ": "));
    return [
      `${this.#lives} lives in ${Math.round(this.#ms / 1000)} s: ${[...this.#counts].map(([what, count]) => `${count} ${what}`).join(", ")}`,
      `applied ${applied} of ${this.#lives} (${((100 * applied) / Math.max(1, this.#lives)).toFixed(1)} %)`,
      ...[...this.#reasons]
        .sort(([, a], [, b]) => b.length - a.length)
        .map(([reason, ns]) => `  refused ${ns.length}: ${reason} (${ns.slice(0, 4).join(" ")})`),
      this.#coverage.table(),
      rare.length > 0
        ? `less than ${LEAST} among those applied: ${rare.join("; ")}`
        : `each value ${LEAST} times or more among those applied`,
    ].join("\n");
  }
}
