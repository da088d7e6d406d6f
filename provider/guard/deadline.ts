import type { Plan } from "../plan/plan.ts";

/**
 * Seconds from arming until the router takes an unconfirmed change back by itself, from what the first reading of this
 * router took: a change takes a dozen readings, and on a slow read-only router each write to the disk takes four more.
 * (A 586-class router at 40 % of its speed: a reading 1.5 s, its first change 32 s, six of whose steps were files.)
 * @param readingMs milliseconds that the first reading took
 */
export function confirmSeconds(readingMs: number, { steps }: Pick<Plan, "steps">): number {
  const files = steps.filter((step) => step.disk).length;
  const readings = 12 + 4 * files + 0.5 * (steps.length - files);
  return Math.round(Math.min(600, Math.max(60, (readings * readingMs) / 1000)));
}
