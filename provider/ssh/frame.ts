import { type Body, knows, type Script, teach } from "../dialects/script.ts";

/** Exit code of a script whose bodies the shell does not all know. Such a one has not begun. */
export const UNKNOWN_BODY = 97;

/**
 * One script as text for a shell that reads its commands from a stream.
 *
 * The script is one quoted word for `eval`, a subshell in braces: the shell has read and understood all of it before the
 * first command runs, even where the script has a parenthesis or a brace too many, and neither a syntax error, nor an open
 * quote, nor `exit` reaches the shell itself. Its input is
 * empty, because the shell's own input holds the next frames. The begin marks are printed only by a script that was
 * understood, in a shell that knows its bodies; what the streams hold before them (rc files, daemons left behind by earlier
 * scripts) is not its output.
 * @param unknown bodies that the shell has not had yet
 */
export function frameScript({ text, bodies }: Script, nonce: string, unknown: readonly Body[] = bodies): string {
  const known = knows(bodies);
  const begin = `${known === undefined ? "" : `${known} || exit ${UNKNOWN_BODY}; `}printf '\\n@@${nonce} begin\\n'; printf '\\n@@${nonce} begin\\n' >&2; `;
  const quoted = `{ (${begin}${text}\n)\n}`.replaceAll("'", "'\\''");
  return `${unknown.map(teach).join("")}( eval '${quoted}' ) </dev/null; mw_rc=$?; printf '\\n@@${nonce} end %s\\n' "$mw_rc"; printf '\\n@@${nonce} end %s\\n' "$mw_rc" >&2\n`;
}

/** What one stream said between its marks. `began` is false where the shell did not understand the script. */
export interface FramedText {
  /** The bytes between the marks; without a begin mark all that came before the end mark. */
  readonly bytes: Buffer;
  readonly exitCode: number;
  readonly began: boolean;
}

export interface FrameReader {
  /** Takes the next bytes of the stream; answers once, with the chunk that completes the end mark. */
  push(chunk: Buffer): FramedText | undefined;
  /** What came so far, for the error of an exchange that does not end. */
  readonly seen: () => Buffer;
  /** The bytes so far. */
  readonly size: () => number;
}

/** Longest end mark after its nonce: an exit code of three digits and the line end. */
const CODE = 5;

/** Reads one stream of one exchange. Bytes are joined once, at the end: output of many MB costs one copy. */
export function frameReader(nonce: string): FrameReader {
  const begin = Buffer.from(`\n@@${nonce} begin\n`);
  const end = Buffer.from(`\n@@${nonce} end `);
  const chunks: Buffer[] = [];
  let size = 0;
  let tail: Buffer = Buffer.alloc(0);
  return {
    seen: () => Buffer.concat(chunks),
    size: () => size,
    push(chunk) {
      chunks.push(chunk);
      size += chunk.length;
      const recent = Buffer.concat([tail, chunk]);
      tail = recent.subarray(-(end.length + CODE));
      if (!recent.includes(end)) return undefined;
      const whole = Buffer.concat(chunks);
      const endAt = whole.indexOf(end);
      const code = /^(\d{1,3})\n/.exec(whole.toString("latin1", endAt + end.length, endAt + end.length + CODE));
      if (!code) return undefined;
      const beginAt = whole.indexOf(begin);
      const began = beginAt >= 0 && beginAt < endAt;
      const bytes = whole.subarray(began ? beginAt + begin.length : 0, endAt);
      return { bytes, exitCode: Number(code[1]), began };
    },
  };
}
