/**
 * Operations that arrive within this time of each other share a transaction: the engine starts its parallel ones one after the
 * other, each behind its check. Whatever the engine asks meanwhile says that more may come.
 */
const GATHER_MS = 30;
/** Nobody waits longer than this for others. */
const GATHER_MOST_MS = 1000;

/** Tells when those that the engine started together have all arrived. */
export class Gathering {
  #asked = 0;
  #last = 0;

  /** One more operation is there. */
  arrived(): void {
    this.#last = performance.now();
  }

  /** Answers a question of the engine's: meanwhile nothing begins. */
  async answering<T>(answer: () => Promise<T>): Promise<T> {
    this.#asked++;
    try {
      return await answer();
    } finally {
      this.#asked--;
      this.arrived();
    }
  }

  async over(): Promise<void> {
    const from = performance.now();
    let now = from;
    do {
      await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
      now = performance.now();
    } while ((this.#asked > 0 || now - this.#last < GATHER_MS) && now - from < GATHER_MOST_MS);
  }
}
