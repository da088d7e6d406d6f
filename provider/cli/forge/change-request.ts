/** The change request that a job of GitHub Actions, GitLab CI or Forgejo Actions is for. Pure. */
import { CommandError, EXIT } from "../exit.ts";
import { type Repository, repositoryOf } from "./repository.ts";

export interface ChangeRequest {
  readonly repository: Repository;
  /** Paths in the repository: its comments, and one of them. */
  readonly comments: string;
  readonly comment: (id: number) => string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** @param event text of the file $GITHUB_EVENT_PATH @throws {CommandError} it is no job of a change request, or has no token */
export function changeRequestOf(env: Env, event: string | undefined): ChangeRequest {
  return env.GITLAB_CI ? mergeRequest(env) : pullRequest(env, event);
}

function mergeRequest(env: Env): ChangeRequest {
  const number = env.CI_MERGE_REQUEST_IID;
  if (!number || !/^\d+$/.test(number)) throw none("merge request's pipeline", "CI_MERGE_REQUEST_IID is not set");
  // One from a fork lives in the project that it goes to.
  const repository = repositoryOf({ ...env, CI_PROJECT_ID: env.CI_MERGE_REQUEST_PROJECT_ID || env.CI_PROJECT_ID });
  const comments = `/merge_requests/${number}/notes`;
  return { repository, comments, comment: (id) => `${comments}/${id}` };
}

function pullRequest(env: Env, event: string | undefined): ChangeRequest {
  const forgejo = Boolean(env.FORGEJO_ACTIONS || env.GITEA_ACTIONS);
  const token = (forgejo && (env.FORGEJO_TOKEN || env.GITEA_TOKEN)) || env.GITHUB_TOKEN;
  const repository = repositoryOf({ ...env, GITHUB_TOKEN: token });
  const number = numberOf(event) ?? /^refs\/pull\/(\d+)\//.exec(env.GITHUB_REF ?? "")?.[1];
  if (number === undefined) throw none("pull request's job", "neither GITHUB_EVENT_PATH nor GITHUB_REF names one");
  return { repository, comments: `/issues/${number}/comments`, comment: (id) => `/issues/comments/${id}` };
}

function none(what: string, why: string): CommandError {
  return new CommandError(EXIT.usage, `there is nothing to comment on: this is no ${what}, ${why}`);
}

/** Of a pull request, or of a comment on one. */
function numberOf(event: string | undefined): string | undefined {
  try {
    const { pull_request, issue } = JSON.parse(event ?? "") as Record<string, { number?: unknown } | undefined>;
    const number = pull_request?.number ?? issue?.number;
    return Number.isInteger(number) ? String(number) : undefined;
  } catch {
    return undefined;
  }
}
