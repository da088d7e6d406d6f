/** A forge on a loopback address: the part of GitHub's, GitLab's and Forgejo's REST that issues need, by their documentation. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { answerTo, type Body, TOKEN } from "./forge-api.ts";

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

export interface ForgeOptions {
  /** Called when an issue has changed. */
  readonly changed?: () => void;
  /** A folder of plans that merge request 12 has left: GitLab's artefacts. */
  readonly plans?: string;
}

export async function startForge(kind: Kind, { changed, plans }: ForgeOptions = {}): Promise<Forge> {
  const server = createServer((request, response) => {
    self.asked.push(`${request.method ?? ""} ${request.url}`);
    void answerTo({ forge: self, kind, plans, ...readRequest(request) }).then(({ status, body }) => {
      changed?.();
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const self: Forge = {
    issues: [],
    comments: [],
    asked: [],
    env: environment(kind, base),
    refuse: undefined,
    most: 100,
    trims: false,
    [Symbol.asyncDispose]: () => new Promise<void>((done) => server.close(() => done())),
  };
  return self;
}

function readRequest(request: IncomingMessage) {
  const { method = "", headers } = request;
  return { method, headers, url: new URL(request.url!, "http://forge"), given: () => bodyOf(request) };
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

async function bodyOf(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}
