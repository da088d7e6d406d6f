/** Runs chains of steps on a limited number of workers; after a failure nothing new starts. */
export interface Executor {
  /** Waits for a free worker, then runs in the background: the caller may go on. False: cancelled, never started. */
  submit(chain: readonly (() => Promise<void>)[]): Promise<{ started: boolean; finished: Promise<void> }>;
  cancel(): void;
  readonly cancelled: () => boolean;
  /** Settles when `cancel` is called. */
  readonly whenCancelled: Promise<void>;
  readonly failed: () => boolean;
  fail(): void;
  /** All running chains have ended. */
  idle(): Promise<void>;
}

export function createExecutor(parallel: number): Executor {
  const waiting: (() => void)[] = [];
  const running = new Set<Promise<void>>();
  const stop = Promise.withResolvers<void>();
  let free = parallel;
  let isCancelled = false;
  let hasFailed = false;

  async function acquire(): Promise<boolean> {
    if (free === 0) await Promise.race([new Promise<void>((resolve) => waiting.push(resolve)), stop.promise]);
    else free -= 1;
    return !isCancelled;
  }
  function release(): void {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  }
  function cancel(): void {
    isCancelled = true;
    stop.resolve();
  }

  return {
    async submit(chain) {
      if (isCancelled || !(await acquire())) return { started: false, finished: Promise.resolve() };
      const finished = (async () => {
        try {
          for (const step of chain) {
            if (isCancelled) return;
            await step();
          }
        } finally {
          release();
        }
      })();
      running.add(finished);
      void finished.finally(() => running.delete(finished));
      return { started: true, finished };
    },
    cancel,
    cancelled: () => isCancelled,
    whenCancelled: stop.promise,
    failed: () => hasFailed,
    fail() {
      hasFailed = true;
    },
    async idle() {
      while (running.size) await Promise.all(running);
    },
  };
}
