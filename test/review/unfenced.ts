/** Markdown as a host reads it, as far as it matters here: what is left of a comment without code spans and fences. */

/** Text outside of code, with a blank line in the place of each fence and `·` in that of each code span. */
export function outsideCode(text: string): string {
  const lines: string[] = [];
  let fence = "";
  for (const line of text.split("\n")) {
    const run = /^`{3,}/.exec(line)?.[0];
    if (fence !== "") {
      // A fence ends at as many backticks or more, alone on a line.
      if (run !== undefined && run.length >= fence.length && /^`+\s*$/.test(line)) fence = "";
    } else if (run !== undefined && !line.slice(run.length).includes("`")) {
      fence = run;
      lines.push("");
    } else lines.push(line);
  }
  if (fence !== "") throw new Error("a fence does not end");
  return lines.map(withoutSpans).join("\n");
}

/** A code span ends at a run of just as many backticks; spans of a comment are within one line. */
function withoutSpans(line: string): string {
  let left = line;
  let out = "";
  for (;;) {
    const start = /`+/.exec(left);
    if (!start) return out + left;
    const rest = left.slice(start.index + start[0].length);
    const end = [...rest.matchAll(/`+/g)].find(([run]) => run.length === start[0].length);
    if (!end) return out + left;
    out += `${left.slice(0, start.index)}·`;
    left = rest.slice(end.index + start[0].length);
  }
}
