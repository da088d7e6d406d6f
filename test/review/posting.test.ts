/** `multiwan review --post`: comments on the three hosts. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { changeRequestOf } from "../../provider/cli/forge/change-request.ts";
import { file, review } from "./called.ts";
import { commentFor, recordedText } from "./comments.ts";
import { host, jobOf, type Kind, ROBOT, TOKEN } from "./forges.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "multiwan-review-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const here = (name: string) => join(dir, name);

describe.each<Kind>(["GitHub", "GitLab", "Forgejo"])("a comment on %s", (kind) => {
  const other = (id: number, body: string, author = "somebody") => ({ id, body, author });

  test("is written, then changed, then left as it is; those of others stay", async () => {
    await using forge = await host(kind);
    forge.comments.push(...[1, 2, 3, 4].map((id) => other(id, `comment ${id}`)));
    const env = jobOf(kind, forge.url);
    const first = await review([file("switch"), "--post"], { env });
    expect(first).toMatchObject({ code: 0, out: "" });
    expect(first.err).toMatch(/^comment written/);
    expect(forge.comments.at(-1)).toMatchObject({ body: commentFor(["switch"]).trimEnd(), author: ROBOT[kind] });
    forge.comments.push(other(200, "thanks"));
    expect((await review([file("drift"), "--post"], { env })).err).toMatch(/^comment changed/);
    expect(forge.comments.filter(({ author }) => author === ROBOT[kind]).map(({ body }) => body)).toEqual([
      commentFor(["drift"]).trimEnd(),
    ]);
    forge.asked.length = 0;
    expect((await review([file("drift"), "--post"], { env })).err).toMatch(/^comment unchanged/);
    expect(forge.asked.filter((one) => !one.startsWith("GET"))).toEqual([]);
    expect(forge.comments.map(({ body }) => body)).toEqual([
      "comment 1",
      "comment 2",
      "comment 3",
      "comment 4",
      commentFor(["drift"]).trimEnd(),
      "thanks",
    ]);
  });

  test("with another key is another one; one that somebody else has begun with the same line is not taken for its own", async () => {
    await using forge = await host(kind);
    const env = jobOf(kind, forge.url);
    forge.comments.push(other(1, "<!-- multiwan review: default -->\nall is well, merge it"));
    await review([file("switch"), "--post"], { env });
    await review([file("drift"), "--post", "--key", "south"], { env });
    expect(forge.comments.map(({ body }) => body.split("\n")[0])).toEqual([
      "<!-- multiwan review: default -->",
      "<!-- multiwan review: default -->",
      "<!-- multiwan review: south -->",
    ]);
    expect(forge.comments[0]!.body).toContain("all is well");
  });

  test("that is refused is exit code 6 with the host's words, and never the token", async () => {
    await using forge = await host(kind);
    const env = jobOf(kind, forge.url);
    const list = kind === "GitLab" ? "/projects/7/merge_requests/12/notes" : "/repos/org/net/issues/12/comments";
    const answers = [
      { status: 403, body: JSON.stringify({ message: "Resource not accessible" }) },
      { status: 500, body: "<html>" },
      { status: 307, body: "", headers: { location: "http://127.0.0.1:1/steal" } },
      { status: 200, body: "no JSON" },
    ];
    for (const answer of answers) {
      forge.instead.set(`POST ${list}`, answer);
      const { code, err, out } = await review([file("switch"), "--post"], { env });
      expect(code).toBe(6);
      // Then it is in the job's log.
      expect(out).toContain("Review of the network change");
      expect(err).toContain(`multiwan: POST ${forge.url}${list}: `);
      expect(err).not.toContain(TOKEN);
    }
    expect(
      (
        await review([file("switch"), "--post"], {
          env: { ...env, GITHUB_API_URL: "http://127.0.0.1:1", CI_API_V4_URL: "http://127.0.0.1:1" },
        })
      ).code,
    ).toBe(6);
  });

  test("refused previews are posted as well, with exit code 1; a long one is shortened to what the host takes", async () => {
    await using forge = await host(kind);
    const env = jobOf(kind, forge.url);
    expect((await review([file("refused"), "--post"], { env })).code).toBe(1);
    expect(forge.comments[0]!.body).toBe(commentFor(["refused"]).trimEnd());
    const sites = Array.from({ length: 60 }, (_, i) => {
      writeFileSync(here(`site${i}.json`), recordedText("first-up").replaceAll("headquarters", `site-${i}`));
      return here(`site${i}.json`);
    });
    expect(await review([...sites, "--post"], { env })).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^comment changed/),
    });
    const { body } = forge.comments[0]!;
    for (let i = 0; i < 60; i++) expect(body).toContain(`**\`site-${i}\`**: 2 links added`);
    expect(body.includes("This comment is shorter than the review")).toBe(kind !== "GitLab");
  });
});

test("a page on another server is not asked for: the token would go there", async () => {
  await using forge = await host("GitHub");
  const link = '<http://127.0.0.1:1/repos/org/net/issues/12/comments?page=2>; rel="next"';
  forge.instead.set("GET /repos/org/net/issues/12/comments", { status: 200, body: "[]", headers: { link } });
  expect((await review([file("switch"), "--post"], { env: jobOf("GitHub", forge.url) })).err).toMatch(
    /^comment written/,
  );
});

describe("the job's environment", () => {
  const [github, gitlab, forgejo] = (["GitHub", "GitLab", "Forgejo"] as const).map((kind) => jobOf(kind, "http://x"));
  test.each([
    [{}, /^--post is for a job of GitHub Actions/],
    [{ ...github, GITHUB_TOKEN: "" }, /^GITHUB_TOKEN is not set/],
    [{ ...forgejo, GITHUB_TOKEN: "" }, /^GITHUB_TOKEN is not set/],
    [{ ...github, GITHUB_REF: "refs/heads/main" }, /no pull request's job/],
    [{ ...gitlab, CI_MERGE_REQUEST_IID: undefined }, /no merge request's pipeline, CI_MERGE_REQUEST_IID is not set/],
    [{ ...gitlab, GITLAB_TOKEN: "" }, /^GITLAB_TOKEN is not set/],
  ])("%j", (env, why) => {
    expect(() => changeRequestOf(env, undefined)).toThrow(why);
  });

  test("the number is that of the event, also of a comment on a pull request; a fault is exit code 2 before anything is asked", async () => {
    const env = { ...github, GITHUB_REF: "refs/heads/main" };
    expect(changeRequestOf(env, '{"pull_request": {"number": 5}}').comments).toBe("/issues/5/comments");
    expect(changeRequestOf(env, '{"issue": {"number": 6}}').comments).toBe("/issues/6/comments");
    expect(await review([file("switch"), "--post"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("--post is for"),
    });
  });

  test("Forgejo's own token counts before the one that its runner calls GITHUB_TOKEN", () => {
    const { repository } = changeRequestOf({ ...forgejo, FORGEJO_TOKEN: "own" }, undefined);
    expect(repository.headers.authorization).toBe("token own");
  });
});
