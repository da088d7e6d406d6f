/** Which account the job's token writes as: what others have written is never taken for its own. */
import { ask, ForgeError } from "./ask.ts";
import type { Repository } from "./repository.ts";

/**
 * Accounts of the token that the runner gives a job, which may not ask who it is (403 of GitHub's `GET /user`). Nobody can register a name
 * with the brackets of GitHub's apps; those of Forgejo and Gitea are accounts that they have built in.
 */
const ROBOTS: Readonly<Record<Repository["forge"], readonly string[]>> = {
  github: ["github-actions[bot]"],
  forgejo: ["forgejo-actions", "gitea-actions"],
  gitlab: [],
};

/** @returns one name where the forge says it @throws {ForgeError} */
export async function whoAmI(repository: Repository): Promise<readonly string[]> {
  const robots = ROBOTS[repository.forge];
  try {
    const { value } = await ask(repository, "GET", repository.me);
    const name = nameOf(value);
    return name === undefined ? robots : [name];
  } catch (error) {
    if (error instanceof ForgeError && [401, 403, 404].includes(error.status) && robots.length > 0) return robots;
    throw error;
  }
}

/** @param account as GitHub, Forgejo (`login`) and GitLab (`username`) show it */
export function nameOf(account: unknown): string | undefined {
  const { login, username } = Object(account) as { login?: unknown; username?: unknown };
  const name = login ?? username;
  return typeof name === "string" && name !== "" ? name : undefined;
}
