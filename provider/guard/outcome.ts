/** What the guard's scripts said. */
export type Outcome =
  | {
      readonly kind:
        | "applied"
        | "stale"
        | "expired"
        | "settled"
        | "late"
        | "unwatched"
        | "confirmed"
        | "undone"
        | "stuck";
    }
  | { readonly kind: "unusable"; readonly what: string }
  /** Confirmed and in force, but the disk could not be written: a reboot would bring back what was there before. */
  | { readonly kind: "unpersisted"; readonly output: string }
  | { readonly kind: "locked"; readonly seconds: number; readonly who: string }
  /** A dry run failed: nothing was changed. */
  | { readonly kind: "refused"; readonly step: number; readonly exitCode: number; readonly output: string }
  /** A step failed; `undone` tells whether the steps before it could be taken back. */
  | {
      readonly kind: "failed";
      readonly step: number;
      readonly exitCode: number;
      readonly output: string;
      readonly undone: boolean;
    };

/** undefined: the script did not come to its end. */
export function parseOutcome(output: string, nonce: string): Outcome | undefined {
  const lines = output.split("\n");
  const said = lines.flatMap((line, at) =>
    line.startsWith(`@@${nonce} `) ? [{ words: line.split(" ").slice(1), at }] : [],
  );
  for (const [i, { words, at }] of said.entries()) {
    const [verb, a, b] = words;
    const text = lines
      .slice(at + 1, said[i + 1]?.at)
      .join("\n")
      .trim();
    switch (verb) {
      case "applied":
      case "stale":
      case "expired":
      case "settled":
      case "late":
      case "unwatched":
      case "confirmed":
      case "undone":
      case "stuck":
        return { kind: verb };
      case "unusable":
        return { kind: verb, what: a ?? "" };
      case "unpersisted":
        return { kind: verb, output: text };
      case "locked":
        return { kind: verb, seconds: Number(a), who: text };
      case "refused":
        return { kind: verb, step: Number(a), exitCode: Number(b), output: text };
      case "failed":
        return {
          kind: verb,
          step: Number(a),
          exitCode: Number(b),
          output: text,
          undone: said.some((s) => s.words[0] === "undone"),
        };
    }
  }
  return undefined;
}
