/** One question to the REST API of a forge. No header is in an error: one of them is the token. */
import { CommandError, EXIT } from "../exit.ts";
import type { Repository } from "./repository.ts";

export interface Answer {
  readonly value: unknown;
  /** Address of the next page, as the header `Link` gives it; undefined on the last one, and where it is on another server. */
  readonly next: string | undefined;
}

/** The forge is not reached, or says no. */
export class ForgeError extends CommandError {
  /** HTTP; 0 where there was no answer. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(EXIT.forge, message);
    this.status = status;
  }
}

/** Milliseconds for one answer. */
const PATIENCE = 30_000;

/** @param url below the repository's address in the API, or whole @throws {ForgeError} */
export async function ask({ api, headers }: Repository, method: string, url: string, body?: object): Promise<Answer> {
  const whole = url.startsWith("/") ? `${api}${url}` : url;
  const fail = (why: string, status = 0) => new ForgeError(status, `${method} ${whole}: ${why}`);
  let response: Response;
  let text: string;
  try {
    response = await fetch(whole, {
      method,
      headers: { ...headers, "user-agent": "multiwan", ...(body && { "content-type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
      // A token is for the forge that the job named.
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE),
    });
    text = await response.text();
  } catch (error) {
    const { cause, message } = error as Error;
    throw fail(`the forge does not answer: ${cause instanceof Error ? cause.message : message}`);
  }
  if (!response.ok) {
    const hint = [401, 403, 404].includes(response.status) ? ". May the job's token write here?" : "";
    throw fail(`the forge refuses it: ${response.status} ${text.slice(0, 300)}${hint}`, response.status);
  }
  try {
    return { value: JSON.parse(text), next: nextOf(whole, response.headers.get("link") ?? "") };
  } catch {
    throw fail("the answer is no JSON", response.status);
  }
}

/** The token would go wherever that leads. */
function nextOf(asked: string, link: string): string | undefined {
  const url = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link)?.[1];
  return url !== undefined && URL.canParse(url) && new URL(url).origin === new URL(asked).origin ? url : undefined;
}
