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
      const { isDown, from } = arrival(furthest, cost, diagonal);
      const start = isDown ? from : from + 1;
      const x = start + commonFrom(olds, news, start, start - diagonal);
      next.set(diagonal, x);
      if (x >= olds.length && x - diagonal >= news.length) return walkBack(history, olds, news);
    }
    furthest = next;
  }
  return [];
}

/** How a diagonal is reached at a cost: by an insertion (down) or a deletion, and from which x. */
function arrival(furthest: ReadonlyMap<number, number>, cost: number, diagonal: number) {
  const down = furthest.get(diagonal + 1) ?? -1;
  const right = furthest.get(diagonal - 1) ?? -1;
  const isDown = diagonal === -cost || (diagonal !== cost && right < down);
  return { isDown, from: isDown ? down : right };
}

function commonFrom(olds: readonly string[], news: readonly string[], x: number, y: number): number {
  let length = 0;
  while (x + length < olds.length && y + length < news.length && olds[x + length] === news[y + length]) length += 1;
  return length;
}

function walkBack(history: readonly Map<number, number>[], olds: readonly string[], news: readonly string[]): Edit[] {
  const edits: Edit[] = [];
  let x = olds.length;
  let y = news.length;
  const backTo = (startX: number) => {
    while (x > startX && x > 0 && y > 0) {
      x -= 1;
      y -= 1;
      edits.push({ kind: "same", item: olds[x]! });
    }
  };
  for (let cost = history.length - 1; cost > 0; cost -= 1) {
    const diagonal = x - y;
    const { isDown, from: fromX } = arrival(history[cost]!, cost, diagonal);
    const fromY = fromX - (isDown ? diagonal + 1 : diagonal - 1);
    backTo(isDown ? fromX : fromX + 1);
    edits.push(isDown ? { kind: "insert", item: news[fromY]! } : { kind: "delete", item: olds[fromX]! });
    x = fromX;
    y = fromY;
  }
  backTo(0);
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
