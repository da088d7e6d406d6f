/** Takes note of a foreign line that is kept as it is: by the command that printed it. Without it such a line is an error. */
export type KeepUnknown = (by: string, text: string) => void;

/** What `read` answers, or `otherwise` where it meets a text that nobody here knows; any other error is one. */
export function orElse<T, U>(read: () => T, otherwise: (error: NotUnderstood) => U): T | U {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotUnderstood) return otherwise(error);
    throw error;
  }
}

/** Text from a router or a manifest that no parser here knows. Never answered with a guess. */
export class NotUnderstood extends Error {
  override readonly name = "NotUnderstood";
  /** What was being read: `route`, `rule`, `iptables-save`. */
  readonly what: string;
  /** The line as it came, unescaped: escape it before showing it. */
  readonly line: string;

  constructor(what: string, line: string, reason?: string) {
    super(`${what} not understood: ${JSON.stringify(line)}${reason === undefined ? "" : ` (${reason})`}`);
    this.what = what;
    this.line = line;
  }
}
