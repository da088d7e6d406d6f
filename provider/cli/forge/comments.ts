/** One comment of a change request that is found again by its first line: written, or changed. REST of GitHub, GitLab and Forgejo. */
import { nameOf, whoAmI } from "./account.ts";
import { ask } from "./ask.ts";
import type { ChangeRequest } from "./change-request.ts";

export interface Posted {
  readonly what: "written" | "changed" | "unchanged";
  /** Where it is to be read; "" where the forge does not say. */
  readonly url: string;
}

interface Comment {
  readonly id: number;
  readonly body: string;
  readonly author: string;
  readonly url: string;
}

/** A change request has had many comments then: a hundred pages. */
const MOST_PAGES = 100;

/** @param marker the comment's first line, which a reader does not see @throws {ForgeError} */
export async function settleComment(request: ChangeRequest, marker: string, body: string): Promise<Posted> {
  const { repository, comments, comment } = request;
  const own = await ownComment(request, marker);
  // GitLab and Forgejo keep the text without what is blank at its end.
  if (own && own.body.trimEnd() === body.trimEnd()) return { what: "unchanged", url: own.url };
  const { value } = own
    ? await ask(repository, repository.forge === "gitlab" ? "PUT" : "PATCH", comment(own.id), { body })
    : await ask(repository, "POST", comments, { body });
  return { what: own ? "changed" : "written", url: commentOf(value)?.url ?? "" };
}

/** Only what this account has written: whoever may comment can write the marker as well. */
async function ownComment(request: ChangeRequest, marker: string): Promise<Comment | undefined> {
  const names = await whoAmI(request.repository);
  let url: string | undefined = `${request.comments}?per_page=100`;
  for (let page = 0; url !== undefined && page < MOST_PAGES; page++) {
    const { value, next } = await ask(request.repository, "GET", url);
    const found = (Array.isArray(value) ? value : [])
      .flatMap((one) => commentOf(one) ?? [])
      .find(({ body, author }) => body.split("\n", 1)[0]!.trimEnd() === marker && names.includes(author));
    if (found) return found;
    url = next;
  }
  return undefined;
}

function commentOf(value: unknown): Comment | undefined {
  const { id, body, user, author, html_url } = Object(value) as Record<string, unknown>;
  if (typeof id !== "number" || typeof body !== "string") return undefined;
  return {
    // A forge may store a text with the ends of lines that browsers send.
    ...{ id, body: body.replaceAll("\r\n", "\n"), author: nameOf(user ?? author) ?? "" },
    url: typeof html_url === "string" ? html_url : "",
  };
}
