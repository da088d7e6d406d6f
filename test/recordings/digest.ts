/** A played tape as one line for each of its parts: enough to tell which part has another byte. */
import { createHash } from "node:crypto";

export function digest(text: string): string {
  const parts = text.split(/^(?=#####|---|!!!)/m).map((part) => {
    const [title = "", ...lines] = part.trimEnd().split("\n");
    if (lines.length === 0) return title;
    const sum = createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 12);
    return `${title}: ${lines.length} lines, ${sum}`;
  });
  return `${parts.join("\n")}\n`;
}
