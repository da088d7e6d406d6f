/** How the command ends: documented in docs/command.md, and the same for every subcommand. */
import { NotUnderstood } from "../model/not-understood.ts";
import { RouterError, type RouterErrorKind } from "../ssh/errors.ts";

export const EXIT = {
  /** Done; what was asked about holds. */
  fine: 0,
  /** It does not hold: a property that is not proved, a fault that doctor found, a packet that goes elsewhere. */
  no: 1,
  /** The command line or the stack file. */
  usage: 2,
  /** No session with the router: name, TCP, host key, login, shell, a line that broke. */
  unreachable: 3,
  /** The router answered, and could not do it or was not understood. */
  router: 4,
  /** Neither yes nor no: asked for by --strict. */
  unsure: 5,
  /** The forge, GitHub and the like, does not answer or refuses. */
  forge: 6,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An expected failure of the command itself, in words for people. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly code: ExitCode;

  constructor(code: ExitCode, message: string) {
    super(message);
    this.code = code;
  }
}

const NO_SESSION: readonly RouterErrorKind[] = [
  "unreachable",
  "host-key-unknown",
  "host-key-changed",
  "host-key-revoked",
  "no-common-algorithm",
  "auth-refused",
  "timeout",
  "connection-lost",
  "no-sudo",
  "no-shell",
];

/** undefined: not an expected error. */
export function exitCodeOf(error: unknown): ExitCode | undefined {
  if (error instanceof CommandError) return error.code;
  if (error instanceof NotUnderstood) return EXIT.router;
  if (!(error instanceof RouterError)) return undefined;
  if (error.kind === "bad-settings") return EXIT.usage;
  return NO_SESSION.includes(error.kind) ? EXIT.unreachable : EXIT.router;
}
