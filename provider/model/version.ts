/** Compares dotted versions number by number: 1.4.20 is at least 1.4.9. What is no number counts as 0. */
export function versionAtLeast(version: string, least: string): boolean {
  const numbers = (text: string) => text.split(".").map((part) => Number.parseInt(part, 10) || 0);
  const have = numbers(version);
  for (const [at, need] of numbers(least).entries()) {
    const difference = (have[at] ?? 0) - need;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
