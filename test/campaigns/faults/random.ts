/** Random numbers that a seed repeats, and other lists of numbers. */

/** mulberry32: a small generator whose numbers follow from its seed alone. */
export function randomFrom(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** 1 to n. */
export const range = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
