/** Where a review is posted: the change request of the job that this runs in, from the environment that GitHub, GitLab and Forgejo set. Pure. */

export type Env = Readonly<Record<string, string | undefined>>;

export interface Forge {
  readonly name: "GitHub" | "GitLab" | "Forgejo";
  /** Base of the API, without a slash at the end. */
  readonly api: string;
  /** Path of the change request's comments, and of one of them. */
  readonly comments: string;
  readonly comment: (id: number) => string;
  /** Method that changes a comment. */
  readonly update: "PATCH" | "PUT";
  readonly headers: Readonly<Record<string, string>>;
  /** Longest comment that it takes, in characters. */
  readonly limit: number;
  /** The accounts that a job's own token writes as; such a token may not ask who it is. */
  readonly robots: readonly string[];
}

/** @param event text of the file $GITHUB_EVENT_PATH @returns a sentence where something is missing */
export function forgeOf(env: Env, event: string | undefined): Forge | { readonly fault: string } {
  if (env.GITLAB_CI) return gitlab(env);
  if (env.GITHUB_ACTIONS || env.GITEA_ACTIONS || env.FORGEJO_ACTIONS) return github(env, event);
  return {
    fault:
      "--post works in a job of GitHub Actions, GitLab CI or Forgejo Actions: none of GITHUB_ACTIONS, GITLAB_CI, FORGEJO_ACTIONS and GITEA_ACTIONS is set",
  };
}

function gitlab(env: Env): Forge | { readonly fault: string } {
  const { CI_API_V4_URL: api, CI_MERGE_REQUEST_IID: number, GITLAB_TOKEN: token } = env;
  // A merge request from a fork lives in the project that it goes to.
  const project = env.CI_MERGE_REQUEST_PROJECT_ID || env.CI_PROJECT_ID;
  if (!api || !project) return { fault: "CI_API_V4_URL or CI_PROJECT_ID is not set" };
  if (!number || !/^\d+$/.test(number))
    return { fault: "this is no merge request's pipeline: CI_MERGE_REQUEST_IID is not set" };
  if (!token)
    return {
      fault: "GITLAB_TOKEN is not set: CI_JOB_TOKEN may not write comments, so give a token with the scope api",
    };
  const comments = `/projects/${encodeURIComponent(project)}/merge_requests/${number}/notes`;
  return {
    ...{ name: "GitLab", api: trimmed(api), comments, comment: (id) => `${comments}/${id}`, update: "PUT" },
    ...{ headers: { "PRIVATE-TOKEN": token }, limit: 1_000_000, robots: [] },
  };
}

function github(env: Env, event: string | undefined): Forge | { readonly fault: string } {
  const forgejo = Boolean(env.GITEA_ACTIONS || env.FORGEJO_ACTIONS);
  const api = env.GITHUB_API_URL || (forgejo ? undefined : "https://api.github.com");
  const repository = env.GITHUB_REPOSITORY;
  const token = (forgejo && (env.FORGEJO_TOKEN || env.GITEA_TOKEN)) || env.GITHUB_TOKEN || env.GH_TOKEN;
  if (!api || !repository || !/^(?!\.+\/)[\w.-]+\/(?!\.+$)[\w.-]+$/.test(repository))
    return { fault: "GITHUB_API_URL or GITHUB_REPOSITORY is not set" };
  const number = numberOf(event) ?? /^refs\/pull\/(\d+)\//.exec(env.GITHUB_REF ?? "")?.[1];
  if (number === undefined)
    return { fault: "this is no pull request's job: neither GITHUB_EVENT_PATH nor GITHUB_REF names one" };
  if (!token)
    return { fault: `${forgejo ? "FORGEJO_TOKEN" : "GITHUB_TOKEN"} is not set: hand it to this step in its env` };
  const issues = `/repos/${repository}/issues`;
  return {
    ...{ name: forgejo ? "Forgejo" : "GitHub", api: trimmed(api), limit: 65_536, update: "PATCH" },
    ...{ comments: `${issues}/${number}/comments`, comment: (id) => `${issues}/comments/${id}` },
    headers: forgejo
      ? { Authorization: `token ${token}`, Accept: "application/json" }
      : {
          Authorization: `Bearer ${token}`,
          Accept: "application/vnd.github+json",
          "X-GitHub-Api-Version": "2022-11-28",
        },
    robots: forgejo ? ["forgejo-actions", "gitea-actions"] : ["github-actions[bot]"],
  };
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

const trimmed = (url: string) => url.replace(/\/+$/, "");
