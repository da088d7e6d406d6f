/** Text that a forge takes no longer than a limit. Pure. */

/**
 * As many of the lines as there is room for, from the first one on; one at least.
 * @param render the whole text with these lines, and how many are left out
 */
export function fitted(
  lines: readonly string[],
  limit: number,
  render: (kept: readonly string[], left: number) => string,
): string {
  const text = (count: number) => render(lines.slice(0, count), lines.length - count);
  let [fits, most] = [Math.min(1, lines.length), lines.length];
  while (fits < most) {
    const middle = Math.ceil((fits + most) / 2);
    if (text(middle).length <= limit) fits = middle;
    else most = middle - 1;
  }
  return text(fits);
}
