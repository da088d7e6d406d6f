import type { HostKey } from "./hostkey.ts";
import type { Login, LoginMethod } from "./login.ts";
import { type RouterSettings, routerName } from "./settings.ts";

/** What is known about an attempt to connect when it fails. */
export interface Attempt {
  readonly router: string;
  readonly settings: RouterSettings;
  /** What was under way: `exchanging keys`, `logging in as "root"`, ... */
  stage: string;
  /** The ways to log in that the router has refused so far. */
  readonly tried: LoginMethod[];
  /** The ways to log in that the router says it takes; undefined until it says so. */
  accepted: readonly string[] | undefined;
  /** What the router offers in the key exchange, by name of the list. */
  readonly offered: Map<string, string>;
  /** What the server called itself, such as `SSH-2.0-OpenSSH_9.2p1`. */
  greeting: string | undefined;
  /** The host key that it has shown. */
  hostKey: HostKey | undefined;
  /** Why the agent could not be asked. */
  agentFault: string | undefined;
}

/** An attempt before its first step. */
export function newAttempt(settings: RouterSettings): Attempt {
  return {
    router: routerName(settings),
    settings,
    stage: `connecting to port ${settings.port}`,
    tried: [],
    accepted: undefined,
    offered: new Map(),
    greeting: undefined,
    hostKey: undefined,
    agentFault: undefined,
  };
}

/** Offers the ways to log in one by one, leaving out those that the router says it does not take. */
export function nextMethod(login: Login, attempt: Attempt) {
  const left = [...login.methods];
  return (accepted: readonly string[] | null, _partial: boolean | null): LoginMethod | false => {
    if (accepted !== null) attempt.accepted = accepted;
    for (let method = left.shift(); method !== undefined; method = left.shift()) {
      if (accepted !== null && !accepted.includes(method === "agent" ? "publickey" : method)) continue;
      attempt.tried.push(method);
      return method;
    }
    return false;
  };
}
