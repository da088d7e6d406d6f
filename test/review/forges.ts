/** A server on 127.0.0.1 that keeps comments as GitHub, GitLab and Forgejo do, as far as `multiwan review --post` asks. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
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
  const comments: Kept[] = [];
  const asked: string[] = [];
  const instead: Host["instead"] = new Map();
  const { comments: list, one, update } = BASE[kind];
  const limit = kind === "GitLab" ? 1_000_000 : 65_536;
  const shown = ({ id, body, author }: Kept) =>
    kind === "GitLab"
      ? { id, body, author: { username: author } }
      : { id, body, user: { login: author }, html_url: `https://forge.example/org/net/pull/12#issuecomment-${id}` };

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url!, "http://host");
    const path = pathname.replace(/^\/api/, "");
    const { method = "" } = request;
    asked.push(`${method} ${path}${searchParams.size > 0 ? `?${searchParams}` : ""}`);
    const send = (status: number, value: unknown, headers = {}) =>
      void response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
    const { authorization, "private-token": gitlab } = request.headers;
    const given = { GitHub: `Bearer ${TOKEN}`, Forgejo: `token ${TOKEN}`, GitLab: undefined }[kind];
    if (kind === "GitLab" ? gitlab !== TOKEN : authorization !== given)
      return send(401, { message: "Bad credentials" });
    const other = instead.get(`${method} ${path}`);
    if (other) return void response.writeHead(other.status, other.headers).end(other.body);
    // The token of a job of GitHub may not ask who it is.
    if (path === "/user")
      return kind === "GitLab"
        ? send(200, { username: ROBOT.GitLab })
        : send(403, { message: "Resource not accessible by integration" });
    if (method === "GET" && path === list) {
      // Forgejo gives all at once.
      if (kind === "Forgejo") return send(200, comments.map(shown));
      const page = Number(searchParams.get("page") ?? 1);
      const more = comments.length > page * PAGE;
      const link = `<${host.url}${list}?per_page=100&page=${page + 1}>; rel="next", <${host.url}${list}?page=9>; rel="last"`;
      return send(200, comments.slice((page - 1) * PAGE, page * PAGE).map(shown), more ? { link } : {});
    }
    let text = "";
    for await (const chunk of request) text += chunk;
    const { body } = JSON.parse(text) as { body: string };
    if (body.length > limit) return send(422, { message: "Validation Failed: body is too long" });
    if (method === "POST" && path === list) {
      comments.push({ id: 100 + comments.length, body: body.trimEnd(), author: ROBOT[kind] });
      return send(201, shown(comments.at(-1)!));
    }
    const kept = comments.find(({ id }) => path === `${one}/${id}`);
    if (!kept || method !== update) return send(404, { message: "Not Found" });
    if (kept.author !== ROBOT[kind]) return send(403, { message: "Forbidden" });
    kept.body = body.trimEnd();
    return send(200, shown(kept));
  };

  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = {
    ...{ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`, comments, asked, instead },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return host;
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
