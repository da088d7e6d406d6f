import { escaped, printable } from "../model/printable.ts";

export { printable } from "../model/printable.ts";

/**
 * What went wrong, for code that has to decide. Prose is for people only.
 *
 * Connection: `unreachable` no TCP connection or no SSH server there; `host-key-unknown`, `host-key-changed`,
 * `host-key-revoked` refused before any login; `no-common-algorithm` an old router without `legacyAlgorithms`;
 * `auth-refused`; `timeout`; `connection-lost` also when the outcome of a script is unknown; `no-sudo`; `no-shell`;
 * `bad-settings` nothing was tried.
 * Scripts: `not-understood` the router did not understand us or we did not understand it; `missing-tool`; `no-rights`.
 * Transactions: `collision` a foreign line is in the way; `locked` another operator is at work; `stale` the router changed
 * since the plan was made; `apply-failed`; `rolled-back`; `incomplete` the way back failed too; `not-persistent` in force,
 * but not on the disk.
 */
export type RouterErrorKind =
  | "unreachable"
  | "host-key-unknown"
  | "host-key-changed"
  | "host-key-revoked"
  | "no-common-algorithm"
  | "auth-refused"
  | "timeout"
  | "connection-lost"
  | "no-sudo"
  | "no-shell"
  | "bad-settings"
  | "not-understood"
  | "missing-tool"
  | "no-rights"
  | "collision"
  | "locked"
  | "stale"
  | "apply-failed"
  | "rolled-back"
  | "incomplete"
  | "not-persistent";

export interface RouterErrorParts {
  /** The router as people call it: `host` or `host:port`. */
  readonly router: string;
  /** What was being done, such as `logging in as "root"`. */
  readonly what: string;
  /** Why it did not work, without a full stop. */
  readonly why?: string | undefined;
  /** What a person can do about it: a sentence without its full stop. */
  readonly hint?: string | undefined;
  /** The setting under `multiwan:router` that the hint is about. */
  readonly setting?: string | undefined;
  /** The last words of the router, raw: escaped, cut and put below the sentence. */
  readonly output?: string | undefined;
  readonly cause?: unknown;
}

/**
 * An expected failure, in one sentence:
 * `<router>: <what>: <why>. <hint> (multiwan:router.<setting> in Pulumi.<stack>.yaml)`, then the router's own last lines.
 *
 * There is no `code` field: grpc-js would take an integer there as a gRPC status.
 */
export class RouterError extends Error {
  override readonly name = "RouterError";
  readonly kind: RouterErrorKind;
  readonly router: string;
  readonly what: string;
  readonly hint: string | undefined;

  constructor(kind: RouterErrorKind, parts: RouterErrorParts) {
    super(sentence(parts), parts.cause === undefined ? undefined : { cause: parts.cause });
    this.kind = kind;
    this.router = parts.router;
    this.what = parts.what;
    this.hint = parts.hint;
    // The dynamic provider prints the stack of what check, diff, read and delete throw.
    this.stack = this.message;
    // A cause is for debuggers; printing one would bring back the stack.
    if (parts.cause !== undefined) Object.defineProperty(this, "cause", { enumerable: false });
  }
}

function sentence({ router, what, why, hint, setting, output }: RouterErrorParts): string {
  const place = setting === undefined ? "" : ` (multiwan:router.${setting} in Pulumi.<stack>.yaml)`;
  const advice = hint === undefined ? "" : ` ${hint}${place}.`;
  const said = output === undefined ? "" : printable(output);
  const lines = said === "" ? "" : `\n  ${said.replaceAll("\n", "\n  ")}`;
  return `${escaped(`${printable(router)}: ${what}${why === undefined ? "" : `: ${why}`}.${advice}`)}${lines}`;
}
