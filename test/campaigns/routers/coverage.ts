/** How often each value of the generator was drawn, and how often among the routers that a site was applied to. */
import { DIMENSIONS } from "./draw.ts";
import type { RandomRouter } from "./value.ts";

export class Coverage {
  readonly #drawn = new Map<string, number>();
  readonly #applied = new Map<string, number>();

  add(router: RandomRouter, applied: boolean): void {
    for (const [dimension, names] of Object.entries(router))
      for (const name of names) {
        const key = `${dimension}\0${name}`;
        this.#drawn.set(key, (this.#drawn.get(key) ?? 0) + 1);
        if (applied) this.#applied.set(key, (this.#applied.get(key) ?? 0) + 1);
      }
  }

  /** Values that were drawn less often than this among those applied. */
  rare(least: number): string[] {
    return this.#keys().filter((key) => (this.#applied.get(key) ?? 0) < least);
  }

  #keys(): string[] {
    return DIMENSIONS.flatMap(({ name, values }) => values.map((value) => `${name}\0${value.name}`));
  }

  table(): string {
    const rows = DIMENSIONS.map(({ name, values }) => {
      const cells = values.map((value) => {
        const key = `${name}\0${value.name}`;
        return `${value.name} ${this.#drawn.get(key) ?? 0}/${this.#applied.get(key) ?? 0}`;
      });
      return `| ${name} | ${cells.join("; ").replaceAll("|", "\\|")} |`;
    });
    return ["| | value drawn/applied |", "|---|---|", ...rows].join("\n");
  }
}
