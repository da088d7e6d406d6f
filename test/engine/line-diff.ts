/** The shortest line edit (Myers), grouped into runs as diffmatchpatch gives them: deletions before insertions. */
export interface Run {
  readonly kind: "same" | "delete" | "insert";
  readonly items: readonly string[];
}

export function diffRuns(olds: readonly string[], news: readonly string[]): Run[] {
  let head = 0;
  while (head < olds.length && head < news.length && olds[head] === news[head]) head += 1;
  let tail = 0;
  const room = Math.min(olds.length, news.length) - head;
  while (tail < room && olds[olds.length - 1 - tail] === news[news.length - 1 - tail]) tail += 1;
  const edits = [
    ...olds.slice(0, head).map((item) => ({ kind: "same" as const, item })),
    ...myers(olds.slice(head, olds.length - tail), news.slice(head, news.length - tail)),
    ...olds.slice(olds.length - tail).map((item) => ({ kind: "same" as const, item })),
  ];
  return group(edits);
}

interface Edit {
  readonly kind: Run["kind"];
  readonly item: string;
}

function myers(olds: readonly string[], news: readonly string[]): Edit[] {
  const max = olds.length + news.length;
  let furthest = new Map<number, number>([[1, 0]]);
  const history: Map<number, number>[] = [];
  for (let cost = 0; cost <= max; cost += 1) {
    history.push(furthest);
    const next = new Map(furthest);
    for (let diagonal = -cost; diagonal <= cost; diagonal += 2) {
      const down = furthest.get(diagonal + 1) ?? -1;
      const right = furthest.get(diagonal - 1) ?? -1;
      let x = diagonal === -cost || (diagonal !== cost && right < down) ? down : right + 1;
      while (x < olds.length && x - diagonal < news.length && olds[x] === news[x - diagonal]) x += 1;
      next.set(diagonal, x);
      if (x >= olds.length && x - diagonal >= news.length) return walkBack(history, olds, news);
    }
    furthest = next;
  }
  return [];
}

function walkBack(history: readonly Map<number, number>[], olds: readonly string[], news: readonly string[]): Edit[] {
  const edits: Edit[] = [];
  let x = olds.length;
  let y = news.length;
  for (let cost = history.length - 1; cost >= 0; cost -= 1) {
    const furthest = history[cost]!;
    const diagonal = x - y;
    const down = furthest.get(diagonal + 1) ?? -1;
    const right = furthest.get(diagonal - 1) ?? -1;
    const isDown = diagonal === -cost || (diagonal !== cost && right < down);
    const fromX = isDown ? down : right;
    const fromY = fromX - (isDown ? diagonal + 1 : diagonal - 1);
    const startX = isDown ? fromX : fromX + 1;
    while (x > startX && x > 0 && y > 0) {
      x -= 1;
      y -= 1;
      edits.push({ kind: "same", item: olds[x]! });
    }
    if (cost === 0) {
      while (x > 0 && y > 0) {
        x -= 1;
        y -= 1;
        edits.push({ kind: "same", item: olds[x]! });
      }
      break;
    }
    edits.push(isDown ? { kind: "insert", item: news[fromY]! } : { kind: "delete", item: olds[fromX]! });
    x = fromX;
    y = fromY;
  }
  return edits.reverse();
}

function group(edits: readonly Edit[]): Run[] {
  const runs: Run[] = [];
  let deletes: string[] = [];
  let inserts: string[] = [];
  let sames: string[] = [];
  const flushChanges = () => {
    if (deletes.length) runs.push({ kind: "delete", items: deletes });
    if (inserts.length) runs.push({ kind: "insert", items: inserts });
    deletes = [];
    inserts = [];
  };
  const flushSames = () => {
    if (sames.length) runs.push({ kind: "same", items: sames });
    sames = [];
  };
  for (const { kind, item } of edits) {
    if (kind === "same") {
      flushChanges();
      sames.push(item);
    } else {
      flushSames();
      (kind === "delete" ? deletes : inserts).push(item);
    }
  }
  flushChanges();
  flushSames();
  return runs;
}
