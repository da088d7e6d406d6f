import { printable } from "../model/printable.ts";
import type { Attempt } from "./attempt.ts";
import { RouterError, type RouterErrorParts } from "./errors.ts";
import { describeMethod } from "./login.ts";

/** The error of ssh2 as far as it is used here. */
export interface SshFault {
  readonly message: string;
  readonly level?: string | undefined;
  readonly code?: string | number | undefined;
}

/** Turns an error of the SSH library, from before the session was ready, into one for people. */
export function connectFault(fault: SshFault, attempt: Attempt): RouterError {
  const { router, settings, stage, tried } = attempt;
  if (/^Cannot parse privateKey|does not contain a \(valid\) private key/.test(fault.message))
    return keyFault(fault, attempt);
  if (/no matching/i.test(fault.message)) return algorithmFault(fault, attempt);
  if (fault.level === "client-authentication" || /authentication failures/i.test(fault.message))
    return authFault(fault, attempt);
  const why = printable(fault.message, 1);
  if (fault.level === "client-socket") {
    const seen = typeof fault.code === "string" ? fault.code : why;
    return new RouterError("connection-lost", {
      router,
      what: stage,
      why: `the connection broke (${seen})`,
      cause: fault,
    });
  }
  if (fault.message === "Connection lost before handshake") {
    return new RouterError("unreachable", {
      router,
      what: stage,
      why: "the connection was closed before an SSH server answered",
      hint: "Check that this is the port of sshd, and that it takes connections from here",
      setting: "port",
    });
  }
  const loggingIn =
    tried.length > 0 ? ` after trying ${list(tried.map((method) => describeMethod(method, settings)))}` : "";
  return new RouterError("unreachable", { router, what: stage, why: `${why}${loggingIn}`, cause: fault });
}

function authFault(fault: SshFault, attempt: Attempt): RouterError {
  const { router, settings, tried, accepted, agentFault } = attempt;
  const said = fault.message.startsWith("All configured") ? "refused" : `refused (${printable(fault.message, 1)})`;
  const ways =
    tried.length === 0
      ? "nothing could be tried"
      : `tried ${list(tried.map((method) => describeMethod(method, settings)))}`;
  const agent = agentFault === undefined ? "" : `; ${agentFault}`;
  const takes = accepted === undefined ? "" : `; the router takes ${list(accepted.map((name) => printable(name, 1)))}`;
  const usesKey = tried.includes("publickey") || tried.includes("agent") || tried.length === 0;
  return new RouterError("auth-refused", {
    router,
    what: `logging in as "${settings.user}"`,
    why: `${said}: ${ways}${agent}${takes}`,
    hint: usesKey
      ? `Add the public key to authorized_keys of "${settings.user}", or use another key`
      : "Check the user and the password",
    setting: usesKey ? "privateKeyFile" : "password",
  });
}

function keyFault(fault: SshFault, { router, settings }: Attempt): RouterError {
  const setting = settings.privateKeyFile === undefined ? "privateKey" : "privateKeyFile";
  const what =
    settings.privateKeyFile === undefined
      ? "reading the private key"
      : `reading the private key ${settings.privateKeyFile}`;
  const problem: Pick<RouterErrorParts, "why" | "hint" | "setting"> = /no passphrase given/.test(fault.message)
    ? {
        why: "it is encrypted, and there is no passphrase",
        hint: "Set the passphrase as a secret",
        setting: "privateKeyPassword",
      }
    : /bad passphrase|integrity/i.test(fault.message)
      ? { why: "the passphrase is not the right one", hint: "Correct the passphrase", setting: "privateKeyPassword" }
      : {
          why: "it is not a private key in a form that can be read",
          hint: "Convert it with ssh-keygen -p -f <file>",
          setting,
        };
  return new RouterError("bad-settings", { router, what, ...problem });
}

/** The list of ssh2's key exchange report behind each of its complaints. */
const LISTS: readonly (readonly [RegExp, string, string])[] = [
  [/key exchange/i, "KEX method", "key exchange"],
  [/host key/i, "Host key format", "host key"],
  [/C->S cipher/i, "C->S cipher", "cipher"],
  [/S->C cipher/i, "S->C cipher", "cipher"],
  [/C->S MAC/i, "C->S MAC", "MAC"],
  [/S->C MAC/i, "S->C MAC", "MAC"],
];

function algorithmFault(fault: SshFault, { router, settings, offered }: Attempt): RouterError {
  const [, key = "", name = "algorithm"] = LISTS.find(([pattern]) => pattern.test(fault.message)) ?? [];
  const has = offered.get(key);
  return new RouterError("no-common-algorithm", {
    router,
    what: "exchanging keys",
    why: `no ${name} algorithm in common${has === undefined ? "" : `; the router offers ${printable(has, 1).replaceAll(",", ", ")}`}`,
    ...(settings.legacyAlgorithms === true
      ? { hint: "Its SSH server is too old or too strict for this client" }
      : { hint: "For an old router, allow old algorithms: true, or a list of the names", setting: "legacyAlgorithms" }),
  });
}

function list(words: readonly string[]): string {
  return words.length === 0 ? "nothing" : words.join(", ");
}
