/** Listens to the sessions of the provider: what each script was for, and what the router answered. */
import * as crypto from "node:crypto";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { asScript } from "../../provider/dialects/script.ts";
import type { RouterError } from "../../provider/ssh/errors.ts";
import type { Session } from "../../provider/ssh/session.ts";
import { standIn } from "./hook.ts";
import { type Ends, type Exchanged, NONCE } from "./tape.ts";

const issued = new Set<string>();
const ends = new WeakMap<object, () => Ends>();

/** Nonces are told from other numbers by who has made them. */
export function listen(): void {
  const module = createRequire(import.meta.url)("node:crypto") as { randomBytes: typeof crypto.randomBytes };
  const { randomBytes } = crypto;
  module.randomBytes = ((size: number, ...rest: []) => {
    const bytes = randomBytes(size, ...rest);
    if (size === 8) issued.add(bytes.toString("hex"));
    return bytes;
  }) as typeof crypto.randomBytes;
  syncBuiltinESMExports();
  standIn("openSession", async (itself, ...args) => {
    const session = await (itself as unknown as (...args: never[]) => Promise<Session>)(...args);
    return heard(session);
  });
}

let exchanges: Exchanged[] = [];
let last: Session | undefined;

/** What was exchanged since it was last asked for. */
export function taken(): { ends: Ends; exchanges: readonly Exchanged[] } {
  const taken = { ends: last ? ends.get(last)!() : {}, exchanges };
  exchanges = [];
  last = undefined;
  return taken;
}

function heard(session: Session): Session {
  const exchange: Session["exchange"] = async (script, options) => {
    const nonces = [...issued].filter((nonce) => asScript(script).text.includes(nonce));
    const tidy = (text: string) => nonces.reduce((text, nonce) => text.replaceAll(nonce, NONCE), text);
    const what = options?.what ?? "";
    try {
      const result = await session.exchange(script, options);
      const { stdout, stderr, exitCode, ms } = result;
      exchanges.push({ what, stdout: tidy(stdout), stderr: tidy(stderr), exitCode, ms: Math.round(ms) });
      return result;
    } catch (error) {
      const { kind, message } = error as RouterError;
      exchanges.push({ what, stdout: "", stderr: "", exitCode: 0, ms: 0, lost: { kind, why: message } });
      throw error;
    }
  };
  const spied = new Proxy(session, {
    get: (of, key) => (key === "exchange" ? exchange : Reflect.get(of, key)),
  });
  ends.set(spied, () => {
    const { client, server, peer, greeting, hostKey } = session;
    return {
      ...(client && { client }),
      ...(server && { server }),
      ...(peer && { peer }),
      ...(greeting !== undefined && { greeting }),
      ...(hostKey && { hostKey }),
    };
  });
  last = spied;
  return spied;
}
