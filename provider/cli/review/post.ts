/** The review as a comment of the change request: its own one is changed, else a new one is written. */
import { CommandError, EXIT } from "../exit.ts";
import type { Forge } from "./forge.ts";

export interface Posted {
  readonly what: "created" | "updated" | "unchanged";
  /** Where it is to be read; "" where the host does not say. */
  readonly url: string;
}

interface Comment {
  readonly id: number;
  readonly body: string;
  readonly author: string;
  readonly url: string;
}

/** No host needs this long; a job that hangs tells nobody anything. */
const TIMEOUT_MS = 30_000;
/** A change request has had many comments then: a hundred pages. */
const MOST_PAGES = 100;

/**
 * @param first the comment's first line, by which it is found again
 * @throws {CommandError} the host is not reached, or says no; never with the token
 */
export async function post(forge: Forge, first: string, body: string): Promise<Posted> {
  const own = await ownComment(forge, first);
  // GitLab and Forgejo keep the text without what is blank at its end.
  if (own && own.body.trimEnd() === body.trimEnd()) return { what: "unchanged", url: own.url };
  const answer = own
    ? await ask(forge, forge.update, forge.comment(own.id), { body })
    : await ask(forge, "POST", forge.comments, { body });
  return { what: own ? "updated" : "created", url: commentOf(answer.value)?.url ?? "" };
}

/** Only what this account has written: whoever may comment can write the first line as well. */
async function ownComment(forge: Forge, first: string): Promise<Comment | undefined> {
  const names = await whoAmI(forge);
  let path: string | undefined = `${forge.comments}?per_page=100`;
  for (let page = 0; path !== undefined && page < MOST_PAGES; page++) {
    const { value, next } = await ask(forge, "GET", path);
    if (!Array.isArray(value)) throw refused(forge, "GET", path, "the answer is no list of comments");
    const found = value
      .flatMap((one) => commentOf(one) ?? [])
      .find(({ body, author }) => body.split("\n", 1)[0]!.trimEnd() === first && names.includes(author));
    if (found) return found;
    path = next;
  }
  return undefined;
}

/** The token of a job is not a person's, and GitHub does not let it ask. */
async function whoAmI(forge: Forge): Promise<readonly string[]> {
  try {
    const { value } = await ask(forge, "GET", "/user");
    const { login, username } = Object(value) as { login?: unknown; username?: unknown };
    const name = login ?? username;
    return typeof name === "string" ? [name] : forge.robots;
  } catch (error) {
    if (error instanceof Refused && [401, 403, 404].includes(error.status) && forge.robots.length > 0)
      return forge.robots;
    throw error;
  }
}

function commentOf(value: unknown): Comment | undefined {
  const { id, body, user, author, html_url } = Object(value) as Record<string, unknown>;
  const { login, username } = Object(user ?? author) as { login?: unknown; username?: unknown };
  const name = login ?? username;
  if (typeof id !== "number" || typeof body !== "string") return undefined;
  return {
    ...{ id, body: body.replaceAll("\r\n", "\n"), author: typeof name === "string" ? name : "" },
    url: typeof html_url === "string" ? html_url : "",
  };
}

class Refused extends CommandError {
  readonly status: number;

  constructor(status: number, message: string) {
    super(EXIT.host, message);
    this.status = status;
  }
}

function refused({ name }: Forge, method: string, path: string, why: string, status = 0): Refused {
  return new Refused(status, `the comment is not posted: ${name}: ${method} ${path}: ${why}`);
}

interface Answer {
  readonly value: unknown;
  /** Path of the next page. */
  readonly next: string | undefined;
}

async function ask(forge: Forge, method: string, path: string, body?: object): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(`${forge.api}${path}`, {
      method,
      headers: { ...forge.headers, "User-Agent": "multiwan", ...(body && { "Content-Type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
      // The token would go to wherever the redirection leads.
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const { cause, message } = error as Error;
    throw refused(forge, method, path, cause instanceof Error ? cause.message : message);
  }
  const text = await response.text();
  if (!response.ok) {
    const said = messageOf(text);
    const hint = response.status === 401 || response.status === 403 ? "; may the token write comments here?" : "";
    throw refused(
      forge,
      method,
      path,
      `${response.status} ${response.statusText}${said}${hint}`.trimEnd(),
      response.status,
    );
  }
  try {
    return { value: JSON.parse(text), next: nextOf(forge, response.headers.get("link") ?? "") };
  } catch {
    throw refused(forge, method, path, "the answer is no JSON");
  }
}

function messageOf(text: string): string {
  try {
    const { message, error } = JSON.parse(text) as { message?: unknown; error?: unknown };
    const said = message ?? error;
    return said === undefined ? "" : `: ${typeof said === "string" ? said : JSON.stringify(said)}`;
  } catch {
    return "";
  }
}

/** All three say where the next page is in the header `Link`. Another server than the one asked is not followed. */
function nextOf({ api }: Forge, link: string): string | undefined {
  const url = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link)?.[1];
  if (url === undefined) return undefined;
  return url.startsWith(`${api}/`) ? url.slice(api.length) : undefined;
}
