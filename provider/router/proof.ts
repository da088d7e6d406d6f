/** The proof that an operator still gets in: by the way he came, and by every other that the settings declare. */
import { RouterError } from "./errors.ts";
import { type Answer, greetingOf } from "./probe.ts";
import { type Way, wayOf } from "./probe-settings.ts";
import { tryLogin } from "./session.ts";
import { type RouterSettings, routerName } from "./settings.ts";

export interface Shut {
  readonly what: string;
  readonly why: string;
}

/** Of one run, which is one provider process: it counts the greetings that it has asked for. */
export interface Proof {
  /** Before the first change: which of the further ways are open at all. Others are not held against the change. */
  before(): Promise<void>;
  /**
   * After a change. One way after another, the operator's own first; the first that is shut ends it.
   * @param greeting what the server said when the session was opened
   */
  after(greeting: string | undefined): Promise<Shut | undefined>;
  /** Ways that were shut before the first change, as sentences. */
  readonly warnings: readonly string[];
  readonly counts: { readonly banners: number; readonly logins: number };
}

/** For tests: other ways to ask. */
export interface Asking {
  readonly banner: (way: Way) => Promise<Answer>;
  readonly login: (settings: RouterSettings, way: Way) => Promise<void>;
}

/** What RFC 4253 4.2 lets a greeting hold, but for quotes and backslashes. */
const PLAIN = /^[ -&(-[\]-~]+$/;

const ASKING: Asking = { banner: greetingOf, login: tryLogin };

export function newProof(settings: RouterSettings, asking: Asking = ASKING): Proof {
  const { by, paths, banners: most } = settings.probe;
  const own: Way = { host: settings.host, port: settings.port };
  const counts = { banners: 0, logins: 0 };
  const warnings: string[] = [];
  /** The further ways that were open before the first change, with the greeting that they gave. */
  const open: { way: Way; name: string; greeting: string | undefined }[] = [];
  let looked: Promise<void> | undefined;

  const askByLogin = async (way: Way): Promise<Answer> => {
    counts.logins++;
    try {
      await asking.login(settings, way);
      return { greeting: "" };
    } catch (error) {
      if (!(error instanceof RouterError)) throw error;
      return { why: error.message.replace(/\.$/, "") };
    }
  };
  const ask = async (way: Way): Promise<Answer> => {
    // One lost packet is not a lock-out: a greeting that does not come is asked for once more.
    for (let tries = 0; by === "banner" && counts.banners < most; tries++) {
      counts.banners++;
      const answer = await asking.banner(way);
      if ("greeting" in answer || tries > 0) return answer;
    }
    return askByLogin(way);
  };

  const shutAfter = async (way: Way, known: string | undefined, where: string): Promise<Shut | undefined> => {
    const answer = await ask(way);
    const what = `after the change a new connection from here${where} no longer gets in`;
    if ("why" in answer) return { what, why: answer.why };
    // A door that captures the port leads to another machine, which may well have an SSH server of its own.
    // Odd signs in it are not compared: the two were read by different hands.
    if (known && PLAIN.test(answer.greeting) && known !== answer.greeting)
      return { what, why: `another SSH server answers there, "${answer.greeting}" instead of "${known}"` };
    return undefined;
  };

  const look = async () => {
    for (const [i, text] of paths.entries()) {
      const way = wayOf(text, settings.port)!;
      const name = `${routerName(way)} (multiwan:router.probe.paths[${i}])`;
      const answer = await ask(way);
      if ("why" in answer)
        warnings.push(
          `${name} does not let us in even before the change: ${answer.why}. No change is held to this way`,
        );
      else open.push({ way, name, greeting: answer.greeting });
    }
  };

  return {
    before: () => {
      looked ??= look();
      return looked;
    },
    after: async (greeting) => {
      let shut = await shutAfter(own, greeting, "");
      for (const { way, name, greeting: known } of open) shut ??= await shutAfter(way, known, ` to ${name}`);
      return shut;
    },
    warnings,
    counts,
  };
}
