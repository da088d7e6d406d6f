/** A server on 127.0.0.1 that keeps comments as GitHub, GitLab and Forgejo do, as far as `multiwan review --post` asks. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface Kept {
  readonly id: number;
  body: string;
  readonly author: string;
}

export interface Host extends AsyncDisposable {
  readonly url: string;
  readonly comments: Kept[];
  /** `GET /path`, in their order. */
  readonly asked: string[];
  /** Answers instead of the API's, by `METHOD /path` without what stands behind `?`. */
  readonly instead: Map<
    string,
    { readonly status: number; readonly body: string; readonly headers?: Record<string, string> }
  >;
}

export type Kind = "GitHub" | "GitLab" | "Forgejo";

export const TOKEN = "secret-token-of-the-test";
const PAGE = 3;
/** Who the token writes as. */
export const ROBOT = { GitHub: "github-actions[bot]", GitLab: "project_7_bot", Forgejo: "forgejo-actions" } as const;

const BASE = {
  GitHub: { comments: "/repos/org/net/issues/12/comments", one: "/repos/org/net/issues/comments", update: "PATCH" },
  Forgejo: { comments: "/repos/org/net/issues/12/comments", one: "/repos/org/net/issues/comments", update: "PATCH" },
  GitLab: {
    comments: "/projects/7/merge_requests/12/notes",
    one: "/projects/7/merge_requests/12/notes",
    update: "PUT",
  },
} as const;

export async function host(kind: Kind): Promise<Host> {
  const server = createServer((request, response) => {
    void answerTo(kind, host, request).then(({ status, body, headers }) => {
      const type = { "content-type": "application/json" };
      response.writeHead(status, headers ?? type).end(typeof body === "string" ? body : JSON.stringify(body));
    });
  });
  // A review on a slow machine takes longer than a server keeps a connection: it would end as the next request is sent.
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host: Host = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`,
    ...{ comments: [], asked: [], instead: new Map() },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return host;
}

interface Answer {
  readonly status: number;
  /** A text is sent as it is. */
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

async function answerTo(kind: Kind, host: Host, request: IncomingMessage): Promise<Answer> {
  const { pathname, searchParams } = new URL(request.url!, "http://host");
  const path = pathname.replace(/^\/api/, "");
  const { method = "", headers } = request;
  host.asked.push(`${method} ${path}${searchParams.size > 0 ? `?${searchParams}` : ""}`);
  const [header, token] = AUTHORIZED[kind];
  if (headers[header] !== token) return { status: 401, body: { message: "Bad credentials" } };
  const other = host.instead.get(`${method} ${path}`);
  if (other) return { headers: {}, ...other };
  if (path === "/user") return userOf(kind);
  if (method === "GET" && path === BASE[kind].comments) return listed(kind, host, searchParams);
  return written(kind, host, `${method} ${path}`, await bodyOf(request));
}

const AUTHORIZED = {
  GitHub: ["authorization", `Bearer ${TOKEN}`],
  Forgejo: ["authorization", `token ${TOKEN}`],
  GitLab: ["private-token", TOKEN],
} as const;

/** The token of a job of GitHub may not ask who it is. */
function userOf(kind: Kind): Answer {
  return kind === "GitLab"
    ? { status: 200, body: { username: ROBOT.GitLab } }
    : { status: 403, body: { message: "Resource not accessible by integration" } };
}

/** Forgejo gives all at once. */
function listed(kind: Kind, { url, comments }: Host, searchParams: URLSearchParams): Answer {
  const all = comments.map((one) => shown(kind, one));
  if (kind === "Forgejo") return { status: 200, body: all };
  const page = Number(searchParams.get("page") ?? 1);
  const list = BASE[kind].comments;
  const link = `<${url}${list}?per_page=100&page=${page + 1}>; rel="next", <${url}${list}?page=9>; rel="last"`;
  const body = all.slice((page - 1) * PAGE, page * PAGE);
  return all.length > page * PAGE
    ? { status: 200, body, headers: { "content-type": "application/json", link } }
    : { status: 200, body };
}

function written(kind: Kind, { comments }: Host, asked: string, body: string): Answer {
  const { comments: list, one, update } = BASE[kind];
  if (body.length > (kind === "GitLab" ? 1_000_000 : 65_536))
    return { status: 422, body: { message: "Validation Failed: body is too long" } };
  if (asked === `POST ${list}`) {
    const made = { id: 100 + comments.length, body: body.trimEnd(), author: ROBOT[kind] };
    comments.push(made);
    return { status: 201, body: shown(kind, made) };
  }
  const kept = comments.find(({ id }) => asked === `${update} ${one}/${id}`);
  if (!kept) return { status: 404, body: { message: "Not Found" } };
  if (kept.author !== ROBOT[kind]) return { status: 403, body: { message: "Forbidden" } };
  kept.body = body.trimEnd();
  return { status: 200, body: shown(kind, kept) };
}

function shown(kind: Kind, { id, body, author }: Kept) {
  return kind === "GitLab"
    ? { id, body, author: { username: author } }
    : { id, body, user: { login: author }, html_url: `https://forge.example/org/net/pull/12#issuecomment-${id}` };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return (JSON.parse(text) as { body: string }).body;
}

/** What the host sets in a job of a change request. */
export function jobOf(kind: Kind, url: string): Record<string, string> {
  if (kind === "GitLab")
    return {
      GITLAB_CI: "true",
      CI_API_V4_URL: url,
      CI_PROJECT_ID: "8",
      CI_MERGE_REQUEST_PROJECT_ID: "7",
      CI_MERGE_REQUEST_IID: "12",
      GITLAB_TOKEN: TOKEN,
    };
  const common = {
    GITHUB_ACTIONS: "true",
    GITHUB_API_URL: url,
    GITHUB_REPOSITORY: "org/net",
    GITHUB_REF: "refs/pull/12/merge",
  };
  return kind === "GitHub"
    ? { ...common, GITHUB_TOKEN: TOKEN }
    : { ...common, FORGEJO_ACTIONS: "true", GITEA_ACTIONS: "true", GITHUB_TOKEN: TOKEN };
}
