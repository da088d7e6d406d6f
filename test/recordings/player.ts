/** A router that is none: it answers what the tape has, and keeps what is sent to it. */
import { asScript, type Script } from "../../provider/dialects/script.ts";
import type { Plan } from "../../provider/plan/plan.ts";
import { RouterError, type RouterErrorKind } from "../../provider/ssh/errors.ts";
import type { Session } from "../../provider/ssh/session.ts";
import { type RouterSettings, routerName } from "../../provider/ssh/settings.ts";
import type { Proof } from "../../provider/transact/proof.ts";
import { nonceIn } from "./fixed.ts";
import { standIn } from "./hook.ts";
import { type Ends, type Exchanged, NONCE } from "./tape.ts";
import type { Transcript } from "./transcript.ts";

export interface Playing {
  readonly transcript: Transcript;
  readonly ends: Ends;
  readonly exchanges: readonly Exchanged[];
  /** Each reading gets the first answer, and anything else none: a tape of one answer serves any number of questions. */
  readonly onlyReading?: boolean;
}

let playing: Playing | undefined;
let at = 0;

/** What the next sessions play. */
export function put(next: Playing): void {
  [playing, at] = [next, 0];
}

export function standInForAll(): void {
  standIn("openSession", (_, settings: RouterSettings) => Promise.resolve(sessionOf(settings)));
  // A new connection gets in.
  standIn("newProof", (): Proof => {
    const counts = { banners: 0, exchanges: 0, logins: 0 };
    return { before: async () => undefined, after: async () => undefined, warnings: [], counts };
  });
  standIn("planOf", (itself, ...args) => {
    const plan = (itself as unknown as (...args: never[]) => Plan)(...args);
    playing?.transcript.planned(plan);
    return plan;
  });
}

function sessionOf(settings: RouterSettings): Session {
  const { ends } = playing!;
  let exchanges = 0;
  return {
    router: routerName(settings),
    client: ends.client,
    server: ends.server,
    peer: ends.peer,
    greeting: ends.greeting,
    hostKey: ends.hostKey,
    algorithms: { kex: "curve25519-sha256", hostKey: "ssh-ed25519", cipher: "aes128-gcm@openssh.com" },
    get counts() {
      return { handshakes: 1, exchanges };
    },
    exchange: async (script, options) => {
      exchanges++;
      return answer(asScript(script), options?.what ?? "", routerName(settings));
    },
    close: async () => undefined,
  };
}

async function answer(script: Script, what: string, router: string) {
  const { transcript, onlyReading = false } = playing!;
  transcript.sent(what, script);
  const found = next(what, onlyReading);
  if (found === undefined) {
    if (!onlyReading) transcript.remark(`the tape has no answer to "${what}"`);
    return { stdout: "", stderr: "", exitCode: 0, ms: 40 };
  }
  if (found.lost)
    throw new RouterError(found.lost.kind as RouterErrorKind, { router, what, why: "as it was when it was recorded" });
  const { stdout, stderr, exitCode, ms } = found;
  const nonce = nonceIn(script.text) ?? NONCE;
  return { stdout: stdout.replaceAll(NONCE, nonce), stderr: stderr.replaceAll(NONCE, nonce), exitCode, ms };
}

function next(what: string, onlyReading: boolean): Exchanged | undefined {
  const { exchanges } = playing!;
  if (onlyReading) return exchanges.find((one) => one.what === what);
  const found = exchanges.findIndex((one, i) => i >= at && one.what === what);
  if (found < 0) return undefined;
  at = found + 1;
  return exchanges[found];
}
