/** The proof that an operator still gets in: by the way he came, and by every other that the settings declare. */
import { RouterError } from "../ssh/errors.ts";
import type { HostKey } from "../ssh/hostkey.ts";
import { hostKeyAt } from "../ssh/key-exchange.ts";
import { type Answer, greetingOf } from "../ssh/probe.ts";
import { type Way, wayOf } from "../ssh/probe-settings.ts";
import { tryLogin } from "../ssh/session.ts";
import { type RouterSettings, routerName } from "../ssh/settings.ts";
import { anotherMachine } from "../ssh/trust.ts";

export interface Shut {
  readonly what: string;
  readonly why: string;
}

/** What a server has shown of itself. */
export interface Shown {
  readonly greeting: string | undefined;
  readonly hostKey: HostKey | undefined;
}

/** Of one run, which is one provider process: it counts the connections without a login that it has made. */
export interface Proof {
  /**
   * Before the first change: which of the further ways are open at all. Others are not held against the change.
   * @param session what the server showed when the session was opened
   */
  before(session: Shown): Promise<void>;
  /** After a change. One way after another, the operator's own first; the first that is shut ends it. */
  after(session: Shown): Promise<Shut | undefined>;
  /** Ways that were shut before the first change, as sentences. */
  readonly warnings: readonly string[];
  readonly counts: { readonly banners: number; readonly exchanges: number; readonly logins: number };
}

/** For tests: other ways to ask. */
export interface Asking {
  readonly banner: (way: Way) => Promise<Answer>;
  readonly hostKey: (settings: RouterSettings, way: Way, known: HostKey | undefined) => Promise<Answer>;
  readonly login: (settings: RouterSettings, way: Way, known: HostKey | undefined) => Promise<HostKey | undefined>;
}

/** What RFC 4253 4.2 lets a greeting hold, but for quotes and backslashes. */
const PLAIN = /^[ -&(-[\]-~]+$/;

const ASKING: Asking = { banner: greetingOf, hostKey: hostKeyAt, login: tryLogin };

export function newProof(settings: RouterSettings, asking: Asking = ASKING): Proof {
  const { by, paths, banners: most } = settings.probe;
  const own: Way = { host: settings.host, port: settings.port };
  const counts = { banners: 0, exchanges: 0, logins: 0 };
  const warnings: string[] = [];
  /** The further ways that were open before the first change, with what they showed. */
  const open: { way: Way; name: string; known: Shown }[] = [];
  let looked: Promise<void> | undefined;

  const askByLogin = async (way: Way, known: HostKey | undefined): Promise<Answer> => {
    counts.logins++;
    try {
      const hostKey = await asking.login(settings, way, known);
      return { greeting: "", ...(hostKey && { hostKey }) };
    } catch (error) {
      if (!(error instanceof RouterError)) throw error;
      return { why: error.message.replace(/\.$/, "") };
    }
  };
  const askOnce = (way: Way, like: HostKey | undefined): Promise<Answer> => {
    if (by === "banner") {
      counts.banners++;
      return asking.banner(way);
    }
    counts.exchanges++;
    return asking.hostKey(settings, way, like);
  };
  /** @param only the host key that a login may meet; else what the settings trust */
  const ask = async (way: Way, like: HostKey | undefined, only: HostKey | undefined): Promise<Answer> => {
    // One lost packet is not a lock-out: what does not answer is asked once more.
    for (let tries = 0; by !== "login" && counts.banners + counts.exchanges < most; tries++) {
      const answer = await askOnce(way, like);
      if ("greeting" in answer || tries > 0) return answer;
    }
    return askByLogin(way, only);
  };

  const shutAfter = async (way: Way, known: Shown, where: string): Promise<Shut | undefined> => {
    const answer = await ask(way, known.hostKey, known.hostKey);
    const what = `after the change a new connection from here${where} no longer gets in`;
    if ("why" in answer) return { what, why: answer.why };
    const why = otherServer(answer, known);
    return why === undefined ? undefined : { what, why };
  };

  const look = async (session: Shown) => {
    for (const [i, text] of paths.entries()) {
      const way = wayOf(text, settings.port)!;
      const name = `${routerName(way)} (multiwan:router.probe.paths[${i}])`;
      const answer = await ask(way, session.hostKey, undefined);
      if ("why" in answer)
        warnings.push(`${name} is shut even before the change: ${answer.why}. No change is held to this way`);
      else {
        // A router may have several SSH servers: each way has to lead to the one that it led to before.
        open.push({ way, name, known: { greeting: answer.greeting || undefined, hostKey: answer.hostKey } });
        const other = by === "hostKey" ? otherServer(answer, session) : undefined;
        if (other !== undefined)
          warnings.push(`${name} does not lead to the SSH server of ${routerName(own)}: ${other}`);
      }
    }
  };

  return {
    before: (session) => {
      looked ??= look(session);
      return looked;
    },
    after: async (session) => {
      let shut = await shutAfter(own, session, "");
      for (const { way, name, known } of open) shut ??= await shutAfter(way, known, ` to ${name}`);
      return shut;
    },
    warnings,
    counts,
  };
}

/**
 * A published service that captures the port leads to another machine, which may well have an SSH server of its own. Its key tells,
 * where it was asked for; odd signs in a greeting are not compared: the two were read by different hands.
 */
function otherServer(answer: Extract<Answer, { greeting: string }>, known: Shown): string | undefined {
  if (answer.hostKey && known.hostKey)
    return answer.hostKey.fingerprint === known.hostKey.fingerprint
      ? undefined
      : anotherMachine(answer.hostKey, known.hostKey);
  if (!known.greeting || !PLAIN.test(answer.greeting) || known.greeting === answer.greeting) return undefined;
  return `another SSH server answers there, "${answer.greeting}" instead of "${known.greeting}"`;
}
