/** The difference of two texts, line by line. */

export interface LineChange {
  readonly sign: "-" | "+";
  readonly text: string;
}

/**
 * The shortest list of lines that go and come, in their order: what is left of both beside a longest common subsequence.
 * @param most pairs of lines to compare at most; where there are more, lines that only move are not told. Default: no limit
 */
export function lineDifference(
  before: readonly string[],
  after: readonly string[],
  most = Number.POSITIVE_INFINITY,
): LineChange[] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const was = before.slice(start, before.length - end);
  const is = after.slice(start, after.length - end);
  return was.length * is.length > most ? unordered(was, is) : ordered(was, is);
}

/** Lines of `a` that `b` lacks, each as often as it lacks it. */
export function linesWithout(a: readonly string[], b: readonly string[]): string[] {
  const left = new Map([...Map.groupBy(b, (line) => line)].map(([line, all]) => [line, all.length]));
  return a.filter((line) => {
    const more = left.get(line) ?? 0;
    left.set(line, more - 1);
    return more <= 0;
  });
}

function unordered(was: readonly string[], is: readonly string[]): LineChange[] {
  return [...linesWithout(was, is).map(gone), ...linesWithout(is, was).map(come)];
}

const gone = (text: string): LineChange => ({ sign: "-", text });
const come = (text: string): LineChange => ({ sign: "+", text });

function ordered(was: readonly string[], is: readonly string[]): LineChange[] {
  const common = commonLengths(was, is);
  const changes: LineChange[] = [];
  let [i, j] = [0, 0];
  while (i < was.length && j < is.length) {
    if (was[i] === is[j]) {
      i++;
      j++;
    } else if (common(i + 1, j) >= common(i, j + 1)) changes.push(gone(was[i++]!));
    else changes.push(come(is[j++]!));
  }
  return [...changes, ...was.slice(i).map(gone), ...is.slice(j).map(come)];
}

/** How long the longest common subsequence of the lines from `i` and those from `j` on is. */
function commonLengths(was: readonly string[], is: readonly string[]): (i: number, j: number) => number {
  const width = is.length + 1;
  const Lengths = Math.min(was.length, is.length) > 0xffff ? Uint32Array : Uint16Array;
  const lengths = new Lengths((was.length + 1) * width);
  for (let i = was.length - 1; i >= 0; i--)
    for (let j = is.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        was[i] === is[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
  return (i, j) => lengths[i * width + j]!;
}
