/** A forge on a loopback address: the part of GitHub's, GitLab's and Forgejo's REST that issues need, by their documentation. */
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export type Kind = "github" | "gitlab" | "forgejo";

export interface Issue {
  number: number;
  title: string;
  text: string;
  state: "open" | "closed";
  comments: string[];
  /** Who opened it; the job's own account where nobody is named. */
  author?: string;
  /** GitHub lists it among the issues. */
  isPullRequest?: boolean;
}

/** Of change request 12. */
export interface Comment {
  readonly id: number;
  text: string;
}

export interface Forge extends AsyncDisposable {
  readonly issues: Issue[];
  readonly comments: Comment[];
  /** Every request, as `GET /path?query`. */
  readonly asked: string[];
  /** What a runner gives a job. */
  readonly env: Readonly<Record<string, string>>;
  /** Answered instead of what was asked, until it is taken away. */
  refuse: number | undefined;
  /** Issues that it gives in one answer, however many are asked for: MAX_RESPONSE_ITEMS of Forgejo. */
  most: number;
  /** It keeps a text without what is blank at its end. */
  trims: boolean;
}

export const TOKEN = "a-token-of-the-lab";

export interface ForgeOptions {
  /** Called when an issue has changed. */
  readonly changed?: () => void;
  /** A folder of plans that merge request 12 has left: GitLab's artefacts. */
  readonly plans?: string;
}

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

export async function startForge(kind: Kind, { changed, plans }: ForgeOptions = {}): Promise<Forge> {
  const issues: Issue[] = [];
  const asked: string[] = [];
  const comments: Comment[] = [];
  const prefix = kind === "gitlab" ? "/api/v4/projects/7" : `${kind === "forgejo" ? "/api/v1" : ""}/repos/office/net`;
  const allowed = kind === "gitlab" ? TOKEN : `${kind === "github" ? "Bearer" : "token"} ${TOKEN}`;
  const robotName = { github: "github-actions[bot]", gitlab: "robot", forgejo: "forgejo-actions" }[kind];
  const shown = ({ number, title, text, state, isPullRequest, author = robotName }: Issue) =>
    kind === "gitlab"
      ? {
          iid: number,
          id: 1000 + number,
          title,
          description: text,
          state: state === "open" ? "opened" : "closed",
          author: { username: author },
        }
      : {
          number,
          id: 1000 + number,
          title,
          body: text,
          state,
          user: { login: author },
          ...(isPullRequest && { pull_request: {} }),
        };

  const kept = (text: string) => (self.trims ? text.trimEnd() : text);

  const answer = async (request: IncomingMessage): Promise<{ status: number; body: unknown }> => {
    const { method = "", headers } = request;
    const url = new URL(request.url!, "http://forge");
    asked.push(`${method} ${request.url}`);
    if (self.refuse !== undefined) return { status: self.refuse, body: { message: "no" } };
    if ((kind === "gitlab" ? headers["private-token"] : headers.authorization) !== allowed)
      return { status: 401, body: { message: "Bad credentials" } };
    const artefact = /\/jobs\/71\/artifacts\/([\w.-]+)$/.exec(url.pathname);
    if (plans && artefact && existsSync(join(plans, artefact[1]!)))
      return { status: 200, body: JSON.parse(readFileSync(join(plans, artefact[1]!), "utf8")) };
    const stored = GITLAB.find(([path]) => path.test(url.pathname));
    if (stored) return { status: 200, body: stored[1] };
    const robot = { login: "github-actions[bot]" };
    if (url.pathname.endsWith("/user"))
      return kind === "gitlab" ? { status: 200, body: { username: "robot" } } : { status: 403, body: {} };
    const own = kind === "gitlab" ? `${prefix}/merge_requests/12/notes` : `${prefix}/issues/12/comments`;
    const one = /\/(?:comments|notes)\/(\d+)$/.exec(url.pathname);
    if (url.pathname === own || one) {
      const said = ({ id, text }: Comment) => ({
        ...{ id, body: text, html_url: `http://forge/${id}` },
        ...(kind === "gitlab"
          ? { author: { username: "robot" } }
          : { user: kind === "github" ? robot : { login: "forgejo-actions" } }),
      });
      if (method === "GET") return { status: 200, body: comments.map(said) };
      const text = JSON.parse(await bodyOf(request)).body as string;
      const comment = one ? comments.find(({ id }) => id === Number(one[1]))! : { id: comments.length + 1, text };
      comment.text = text;
      if (!one) comments.push(comment);
      return { status: one ? 200 : 201, body: said(comment) };
    }
    if (!url.pathname.startsWith(`${prefix}/issues`)) return { status: 404, body: { message: "Not Found" } };
    const [number, part] = url.pathname.slice(`${prefix}/issues`.length).split("/").filter(Boolean);
    const given = method === "GET" ? {} : JSON.parse(await bodyOf(request));
    if (method === "GET") {
      const size = Math.min(self.most, Number(url.searchParams.get(kind === "forgejo" ? "limit" : "per_page")));
      const first = (Number(url.searchParams.get("page")) - 1) * size;
      const want = kind === "gitlab" ? "opened" : "open";
      if (url.searchParams.get("state") !== want) return { status: 422, body: { message: "state" } };
      const open = issues.filter(({ state }) => state === "open").map(shown);
      return { status: 200, body: open.slice(first, first + size) };
    }
    if (number === undefined) {
      const text = kept(given[kind === "gitlab" ? "description" : "body"]);
      if (text.length > (kind === "gitlab" ? 1_048_576 : 65_536)) return { status: 422, body: { message: "too long" } };
      const issue: Issue = { number: issues.length + 1, title: given.title, text, state: "open", comments: [] };
      issues.push(issue);
      return { status: 201, body: shown(issue) };
    }
    const issue = issues[Number(number) - 1]!;
    if (part === (kind === "gitlab" ? "notes" : "comments") && method === "POST") {
      issue.comments.push(given.body);
      return { status: 201, body: {} };
    }
    if (method !== (kind === "gitlab" ? "PUT" : "PATCH")) return { status: 405, body: {} };
    issue.text = kept(given[kind === "gitlab" ? "description" : "body"] ?? issue.text);
    if (given.state === "closed" || given.state_event === "close") issue.state = "closed";
    return { status: kind === "forgejo" ? 201 : 200, body: shown(issue) };
  };

  const server = createServer((request, response) => {
    void answer(request).then(({ status, body }) => {
      changed?.();
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const self: Forge = {
    issues,
    comments,
    asked,
    env: environment(kind, base),
    refuse: undefined,
    most: 100,
    trims: false,
    [Symbol.asyncDispose]: () => new Promise<void>((done) => server.close(() => done())),
  };
  return self;
}

function environment(kind: Kind, base: string): Record<string, string> {
  if (kind === "gitlab")
    return { GITLAB_CI: "true", CI_API_V4_URL: `${base}/api/v4`, CI_PROJECT_ID: "7", GITLAB_TOKEN: TOKEN };
  return {
    GITHUB_ACTIONS: "true",
    GITHUB_REPOSITORY: "office/net",
    GITHUB_TOKEN: TOKEN,
    GITHUB_API_URL: kind === "forgejo" ? `${base}/api/v1` : base,
    ...(kind === "forgejo" && { FORGEJO_ACTIONS: "true" }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
