import type { ScriptState } from "./channel.ts";
import { printable, RouterError } from "./errors.ts";
import type { SshFault } from "./faults.ts";

/** How a shell ended: both undefined if the connection went with it. */
export interface ShellEnd {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
}

/** Whose shell it was. */
export interface Who {
  readonly router: string;
  readonly user: string;
  /** What was to become the shell: `sudo -n /bin/sh`. */
  readonly command: string;
}

/** The end of a shell that has never answered: there is none, or sudo did not let us have it. */
export function noShellFault({ router, user, command }: Who, end: ShellEnd, what: string, output: string): RouterError {
  const how =
    end.signal === undefined ? `exit code ${end.exitCode ?? "unknown"}` : `signal ${printable(end.signal, 1)}`;
  const program = /^sudo -n (.*)$/.exec(command)?.[1];
  if (program !== undefined && /\bsudo\b|not found|password/i.test(output)) {
    const password = /password|askpass|terminal is required/i.test(output);
    const missing = /not found|No such file/i.test(output);
    const why = password ? "sudo asks for a password" : missing ? "there is no sudo" : `sudo refused (${how})`;
    const hint = missing
      ? "Log in as root, or install sudo"
      : `Allow it without one in sudoers: ${user} ALL=(root) NOPASSWD: ${program}; or log in as root`;
    return new RouterError("no-sudo", {
      router,
      what,
      why: `"${user}" cannot become root: ${why}`,
      hint,
      setting: missing ? "user" : "sudo",
      output,
    });
  }
  return new RouterError("no-shell", {
    router,
    what,
    why: `"${user}" got no POSIX shell: the login ended at once (${how})`,
    hint: "Use a user whose login shell is a real one, without a forced command",
    setting: "user",
    output,
  });
}

/** The end of a shell that did answer before. */
export function shellEndedFault(
  router: string,
  end: ShellEnd,
  what: string,
  state: ScriptState,
  output: string,
): RouterError {
  const how =
    end.signal === undefined ? `with exit code ${end.exitCode ?? "unknown"}` : `by signal ${printable(end.signal, 1)}`;
  const why = `the shell on the router ended ${how}; ${fate(state)}`;
  return new RouterError("connection-lost", { router, what, why, output: state === "running" ? output : undefined });
}

/** The end of the connection under a shell. */
export function lostFault(router: string, fault: SshFault, what: string, state: ScriptState): RouterError {
  const how = typeof fault.code === "string" ? fault.code : printable(fault.message, 1);
  return new RouterError("connection-lost", { router, what, why: `the connection was lost (${how}); ${fate(state)}` });
}

function fate(state: ScriptState): string {
  return state === "running" ? "whether the script came to its end is not known" : "the script was not started";
}
