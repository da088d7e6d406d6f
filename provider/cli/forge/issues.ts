/** One issue that is found again by its marker and its author: opened, updated, closed. REST of GitHub, GitLab and Forgejo. */
import { nameOf, whoAmI } from "./account.ts";
import { ask } from "./ask.ts";
import type { Repository } from "./repository.ts";

export interface Wanted {
  /** The first line of the issue's text, which a reader does not see: an HTML comment. */
  readonly marker: string;
  readonly title: string;
  /** Below the marker. undefined: there is to be no such issue. */
  readonly text: string | undefined;
  /** The last word in an issue that is closed. */
  readonly closing: string;
}

export type Done = "opened" | "updated" | "unchanged" | "closed" | "none";

interface Issue {
  readonly number: number;
  readonly text: string;
  readonly author: string;
}

/** Only what this account has opened: whoever may open an issue can write the marker as well. @throws {ForgeError} */
export async function settleIssue(repository: Repository, { marker, title, text, closing }: Wanted): Promise<Done> {
  const names = await whoAmI(repository);
  const there = (await openIssues(repository)).find(
    (issue) => issue.text.split("\n", 1)[0]!.trimEnd() === marker && names.includes(issue.author),
  );
  const body = text === undefined ? undefined : `${marker}\n${text}`;
  const part = repository.forge === "gitlab" ? "description" : "body";
  if (body === undefined) {
    if (!there) return "none";
    const comments = repository.forge === "gitlab" ? "notes" : "comments";
    await ask(repository, "POST", `/issues/${there.number}/${comments}`, { body: closing });
    const close = repository.forge === "gitlab" ? { state_event: "close" } : { state: "closed" };
    await change(repository, there.number, close);
    return "closed";
  }
  if (!there) {
    await ask(repository, "POST", "/issues", { title, [part]: body });
    return "opened";
  }
  // A forge may keep the text without what is blank at its end.
  if (there.text.trimEnd() === body.trimEnd()) return "unchanged";
  await change(repository, there.number, { [part]: body });
  return "updated";
}

/** Of one page: GitHub and GitLab give at most 100, Forgejo 50 unless it is set otherwise. */
const PAGE = 50;

/** A forge that does not know pages would give the first one again and again. */
const MOST_PAGES = 1000;

async function openIssues(repository: Repository): Promise<readonly Issue[]> {
  const found: Issue[] = [];
  const state = repository.forge === "gitlab" ? "opened" : "open";
  const only = repository.forge === "forgejo" ? "&type=issues&limit=50" : `&per_page=${PAGE}`;
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { value } = await ask(repository, "GET", `/issues?state=${state}${only}&page=${page}`);
    const some = Array.isArray(value) ? (value as readonly Found[]) : [];
    // GitHub lists pull requests as issues.
    const issues = some.filter(({ pull_request }) => !pull_request);
    found.push(
      ...issues.map((one) => ({
        number: one.iid ?? one.number!,
        text: unix(one.description ?? one.body ?? ""),
        author: nameOf(one.user ?? one.author) ?? "",
      })),
    );
    // A page may be shorter than was asked for: Forgejo has a limit of its own, MAX_RESPONSE_ITEMS.
    if (some.length === 0) break;
  }
  return found;
}

interface Found {
  readonly iid?: number;
  readonly number?: number;
  readonly body?: string | null;
  readonly description?: string | null;
  readonly pull_request?: unknown;
  readonly user?: unknown;
  readonly author?: unknown;
}

/** A forge may store a text with the ends of lines that browsers send. */
function unix(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

async function change(repository: Repository, number: number, values: object): Promise<void> {
  await ask(repository, repository.forge === "gitlab" ? "PUT" : "PATCH", `/issues/${number}`, values);
}
