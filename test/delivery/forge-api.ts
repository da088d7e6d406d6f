/** What a forge answers to a request, route by route: where GitHub, GitLab and Forgejo differ, by their documentation. */
import { existsSync, readFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import type { Comment, Forge, Issue, Kind } from "./forge.ts";

export const TOKEN = "a-token-of-the-lab";

export type Body = Readonly<Record<string, string>>;

export interface Asked {
  readonly forge: Forge;
  readonly kind: Kind;
  /** A folder of plans. */
  readonly plans: string | undefined;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly url: URL;
  /** What the request brings. */
  readonly given: () => Promise<Body>;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** undefined: it is for another route. */
type Route = (asked: Asked) => Answer | undefined | Promise<Answer | undefined>;

export async function answerTo(asked: Asked): Promise<Answer> {
  for (const route of [refused, unauthorized, artefact, stored, user, comments, issues]) {
    const answer = await (route as Route)(asked);
    if (answer) return answer;
  }
  return { status: 404, body: { message: "Not Found" } };
}

interface Words {
  /** Path of the repository. */
  readonly prefix: string;
  readonly token: readonly [header: "authorization" | "private-token", value: string];
  /** Path of the comments of change request 12. */
  readonly comments: string;
  /** Who a job is. */
  readonly robot: string;
  /** Of an issue: what its text is called, and how long it may be; the path of its comments; how it is changed. */
  readonly text: string;
  readonly longest: number;
  readonly notes: string;
  readonly change: readonly [method: string, status: number];
  /** Of a list. */
  readonly open: string;
  readonly size: string;
}

const OTHERS = {
  ...{ text: "body", longest: 65_536, notes: "comments", open: "open" },
  change: ["PATCH", 200],
} as const;

const WORDS: Readonly<Record<Kind, Words>> = {
  github: {
    ...{ ...OTHERS, prefix: "/repos/office/net", token: ["authorization", `Bearer ${TOKEN}`] },
    ...{ comments: "/repos/office/net/issues/12/comments", robot: "github-actions[bot]", size: "per_page" },
  },
  forgejo: {
    ...{ ...OTHERS, prefix: "/api/v1/repos/office/net", token: ["authorization", `token ${TOKEN}`] },
    ...{ comments: "/api/v1/repos/office/net/issues/12/comments", robot: "forgejo-actions", size: "limit" },
    change: ["PATCH", 201],
  },
  gitlab: {
    ...{ prefix: "/api/v4/projects/7", token: ["private-token", TOKEN] },
    ...{ comments: "/api/v4/projects/7/merge_requests/12/notes", robot: "robot", size: "per_page" },
    ...{ text: "description", longest: 1_048_576, notes: "notes", change: ["PUT", 200], open: "opened" },
  },
};

const refused: Route = ({ forge }) =>
  forge.refuse === undefined ? undefined : { status: forge.refuse, body: { message: "no" } };

const unauthorized: Route = ({ kind, headers }) => {
  const [header, value] = WORDS[kind].token;
  return headers[header] === value ? undefined : { status: 401, body: { message: "Bad credentials" } };
};

const artefact: Route = ({ plans, url }) => {
  const name = /\/jobs\/71\/artifacts\/([\w.-]+)$/.exec(url.pathname)?.[1];
  if (!plans || name === undefined || !existsSync(join(plans, name))) return undefined;
  return { status: 200, body: JSON.parse(readFileSync(join(plans, name), "utf8")) };
};

/** Of a commit that a merge request brought on which another one has been built; its review was run twice, and a later pipeline was cancelled. */
const GITLAB: readonly (readonly [path: RegExp, answer: unknown])[] = [
  [
    /\/repository\/commits\/[0-9a-f]{40}\/merge_requests$/,
    [
      { iid: 13, state: "opened", target_branch: "main" },
      { iid: 11, state: "merged", target_branch: "release" },
      { iid: 12, state: "merged", target_branch: "main" },
    ],
  ],
  [/\/merge_requests\/12\/pipelines$/, [{ id: 8 }, { id: 7 }, { id: 6 }]],
  [/\/pipelines\/8\/jobs$/, [{ id: 81, name: "multiwan-review", status: "canceled" }]],
  [
    /\/pipelines\/7\/jobs$/,
    [
      { id: 72, name: "test", status: "failed" },
      { id: 71, name: "multiwan-review", status: "failed" },
    ],
  ],
];

const stored: Route = ({ url }) => {
  const found = GITLAB.find(([path]) => path.test(url.pathname));
  return found && { status: 200, body: found[1] };
};

const user: Route = ({ kind, url }) => {
  if (!url.pathname.endsWith("/user")) return undefined;
  return kind === "gitlab" ? { status: 200, body: { username: WORDS.gitlab.robot } } : { status: 403, body: {} };
};

const comments: Route = async ({ forge, kind, method, url, given }) => {
  const id = /\/(?:comments|notes)\/(\d+)$/.exec(url.pathname)?.[1];
  if (url.pathname !== WORDS[kind].comments && id === undefined) return undefined;
  if (method === "GET") return { status: 200, body: forge.comments.map((one) => shownComment(kind, one)) };
  const text = (await given()).body!;
  const known = forge.comments.find((one) => one.id === Number(id));
  const comment = known ?? { id: forge.comments.length + 1, text };
  comment.text = text;
  if (!known) forge.comments.push(comment);
  return { status: known ? 200 : 201, body: shownComment(kind, comment) };
};

function shownComment(kind: Kind, { id, text }: Comment) {
  const { robot } = WORDS[kind];
  const author = kind === "gitlab" ? { author: { username: robot } } : { user: { login: robot } };
  return { id, body: text, html_url: `http://forge/${id}`, ...author };
}

const issues: Route = async (asked) => {
  const { forge, kind, method, url, given } = asked;
  const path = `${WORDS[kind].prefix}/issues`;
  if (!url.pathname.startsWith(path)) return undefined;
  if (method === "GET") return listed(asked);
  const [number, part] = url.pathname.slice(path.length).split("/").filter(Boolean);
  const body = await given();
  if (number === undefined) return opened(asked, body);
  const issue = forge.issues[Number(number) - 1]!;
  if (part !== WORDS[kind].notes || method !== "POST") return changed(asked, issue, body);
  issue.comments.push(body.body!);
  return { status: 201, body: {} };
};

function listed({ forge, kind, url: { searchParams } }: Asked): Answer {
  const { open, size } = WORDS[kind];
  const most = Math.min(forge.most, Number(searchParams.get(size)));
  const first = (Number(searchParams.get("page")) - 1) * most;
  if (searchParams.get("state") !== open) return { status: 422, body: { message: "state" } };
  const all = forge.issues.filter(({ state }) => state === "open").map((issue) => shownIssue(kind, issue));
  return { status: 200, body: all.slice(first, first + most) };
}

function opened({ forge, kind }: Asked, body: Body): Answer {
  const { text: called, longest } = WORDS[kind];
  const text = kept(forge, body[called]!);
  if (text.length > longest) return { status: 422, body: { message: "too long" } };
  const number = forge.issues.length + 1;
  const issue: Issue = { number, title: body.title!, text, state: "open", comments: [] };
  forge.issues.push(issue);
  return { status: 201, body: shownIssue(kind, issue) };
}

function changed({ forge, kind, method }: Asked, issue: Issue, body: Body): Answer {
  const [how, status] = WORDS[kind].change;
  if (method !== how) return { status: 405, body: {} };
  issue.text = kept(forge, body[WORDS[kind].text] ?? issue.text);
  if (body.state === "closed" || body.state_event === "close") issue.state = "closed";
  return { status, body: shownIssue(kind, issue) };
}

const kept = ({ trims }: Forge, text: string) => (trims ? text.trimEnd() : text);

function shownIssue(kind: Kind, { number, title, text, state, isPullRequest, author }: Issue) {
  const by = author ?? WORDS[kind].robot;
  const id = 1000 + number;
  if (kind === "gitlab") {
    const shown = state === "open" ? "opened" : "closed";
    return { iid: number, id, title, description: text, state: shown, author: { username: by } };
  }
  const pull = isPullRequest && { pull_request: {} };
  return { number, id, title, body: text, state, user: { login: by }, ...pull };
}
