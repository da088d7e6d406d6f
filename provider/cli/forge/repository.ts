/** Where a job of GitHub Actions, GitLab CI or Forgejo Actions runs, by the environment that the runner gives it. Pure. */
import { CommandError, EXIT } from "../exit.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface Repository {
  readonly forge: "github" | "gitlab" | "forgejo";
  /** The repository's own address in the API, without a slash at its end. */
  readonly api: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Who the token is, in the whole API. */
  readonly me: string;
  /** Longest text of an issue or a comment that it takes, in characters. */
  readonly limit: number;
}

/** GitHub: 65,536. GitLab: 1,048,576. Forgejo names none, and is given GitHub's. */
const LIMIT: Readonly<Record<Repository["forge"], number>> = { github: 65_536, forgejo: 65_536, gitlab: 1_000_000 };

/** @throws {CommandError} it is no job, or has no token */
export function repositoryOf(env: Env): Repository {
  if (env.GITLAB_CI)
    return {
      forge: "gitlab",
      api: `${needed(env, "CI_API_V4_URL")}/projects/${encodeURIComponent(needed(env, "CI_PROJECT_ID"))}`,
      me: `${needed(env, "CI_API_V4_URL")}/user`,
      limit: LIMIT.gitlab,
      // The job's own token may not write issues.
      headers: { "PRIVATE-TOKEN": needed(env, "GITLAB_TOKEN") },
    };
  if (!env.GITHUB_ACTIONS)
    throw new CommandError(
      EXIT.usage,
      "--post is for a job of GitHub Actions, GitLab CI or Forgejo Actions, and this is none",
    );
  // Forgejo's runner says the names of GitHub's too.
  const forge = env.FORGEJO_ACTIONS || env.GITEA_ACTIONS ? "forgejo" : "github";
  const repository = needed(env, "GITHUB_REPOSITORY").split("/").map(encodeURIComponent).join("/");
  return {
    forge,
    api: `${needed(env, "GITHUB_API_URL")}/repos/${repository}`,
    me: `${needed(env, "GITHUB_API_URL")}/user`,
    limit: LIMIT[forge],
    headers: {
      authorization: `${forge === "github" ? "Bearer" : "token"} ${needed(env, "GITHUB_TOKEN")}`,
      ...(forge === "github" && { accept: "application/vnd.github+json", "x-github-api-version": "2022-11-28" }),
    },
  };
}

function needed(env: Env, name: string): string {
  const value = env[name];
  if (value) return value.replace(/\/+$/, "");
  throw new CommandError(EXIT.usage, `${name} is not set: the job has to give it to this step`);
}
