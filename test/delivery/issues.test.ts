/** The issue of a drift check, on each forge. */
import { describe, expect, test } from "@jest/globals";
import { settleIssue } from "../../provider/cli/forge/issues.ts";
import { repositoryOf } from "../../provider/cli/forge/repository.ts";
import { type Forge, type Kind, startForge } from "./forge.ts";
import { TOKEN } from "./forge-api.ts";

const MARKER = "<!-- multiwan drift multiwan/north -->";
const settle = (forge: Forge, text: string | undefined, marker = MARKER) =>
  settleIssue(repositoryOf(forge.env), { marker, title: "Drift on north", text, closing: "clean" });

describe.each(["github", "gitlab", "forgejo"] satisfies Kind[])("on %s", (kind) => {
  test("is opened, left, updated and closed; the next one is another", async () => {
    await using forge = await startForge(kind);
    expect(await settle(forge, undefined)).toBe("none");
    expect(await settle(forge, "one line\n")).toBe("opened");
    expect(forge.issues).toEqual([
      { number: 1, title: "Drift on north", text: `${MARKER}\none line\n`, state: "open", comments: [] },
    ]);
    expect(await settle(forge, "one line\n")).toBe("unchanged");
    expect(await settle(forge, "two lines\n")).toBe("updated");
    expect(forge.issues[0]?.text).toBe(`${MARKER}\ntwo lines\n`);
    expect(await settle(forge, undefined)).toBe("closed");
    expect(forge.issues).toMatchObject([{ state: "closed", comments: ["clean"] }]);
    expect(await settle(forge, "again\n")).toBe("opened");
    expect(forge.issues).toHaveLength(2);
  });

  test("is found behind many others, whose text may name the marker", async () => {
    await using forge = await startForge(kind);
    for (let number = 1; number <= 120; number++) {
      const text = number === 60 ? `about ${MARKER}` : number === 119 ? `${MARKER}\r\nold\r\n` : "other";
      forge.issues.push({ number, title: "t", text, state: "open", comments: [] });
    }
    expect(await settle(forge, "old\n")).toBe("unchanged");
    expect(await settle(forge, "new\n")).toBe("updated");
    expect(forge.issues[118]?.text).toBe(`${MARKER}\nnew\n`);
    expect(forge.issues[59]?.text).toBe(`about ${MARKER}`);
  });

  test("one of somebody else with the same marker is left alone", async () => {
    await using forge = await startForge(kind);
    const text = `${MARKER}\nall is well`;
    forge.issues.push({ number: 1, title: "t", text, state: "open", comments: [], author: "somebody" });
    expect(await settle(forge, undefined)).toBe("none");
    expect(await settle(forge, "a")).toBe("opened");
    expect(await settle(forge, undefined)).toBe("closed");
    expect(forge.issues).toMatchObject([{ text, state: "open", comments: [] }, { state: "closed" }]);
  });

  test("is found on a later page of a forge that gives less at once than it is asked for", async () => {
    await using forge = await startForge(kind);
    forge.most = 20;
    for (let number = 1; number <= 45; number++)
      forge.issues.push({
        number,
        title: "t",
        text: number === 45 ? `${MARKER}\nold\n` : "other",
        state: "open",
        comments: [],
      });
    expect(await settle(forge, "new\n")).toBe("updated");
    expect(forge.issues).toHaveLength(45);
  });

  test("is left alone by a forge that keeps a text without what is blank at its end", async () => {
    await using forge = await startForge(kind);
    forge.trims = true;
    expect(await settle(forge, "one line\n")).toBe("opened");
    expect(await settle(forge, "one line\n")).toBe("unchanged");
  });

  test("stacks have an issue each", async () => {
    await using forge = await startForge(kind);
    await settle(forge, "a");
    await settle(forge, "b", MARKER.replace("north", "south"));
    expect(await settle(forge, undefined)).toBe("closed");
    expect(forge.issues.map(({ state }) => state)).toEqual(["closed", "open"]);
  });

  test("a refusal is an error with the address and the status, and without the token", async () => {
    await using forge = await startForge(kind);
    forge.refuse = 403;
    const error = await settle(forge, "a").catch((caught: Error) => caught as Error);
    expect(String(error)).toContain("403");
    expect(String(error)).toContain(kind === "gitlab" ? "/api/v4/user: " : "/issues");
    expect(String(error)).not.toContain(TOKEN);
  });
});

test("on GitHub a pull request is no issue, though it is listed as one", async () => {
  await using forge = await startForge("github");
  const text = `${MARKER}\nof somebody's branch`;
  forge.issues.push({ number: 1, title: "t", text, state: "open", comments: [], isPullRequest: true });
  expect(await settle(forge, "a")).toBe("opened");
  expect(forge.issues[0]?.text).toBe(text);
});

test("a forge that does not answer is an error of its own", async () => {
  const env = {
    GITHUB_ACTIONS: "true",
    GITHUB_REPOSITORY: "a/b",
    GITHUB_TOKEN: "t",
    GITHUB_API_URL: "http://127.0.0.1:1",
  };
  await expect(settleIssue(repositoryOf(env), { marker: MARKER, title: "", text: "a", closing: "" })).rejects.toThrow(
    "the forge does not answer",
  );
});

test("outside of a job, and in one without a token, it says what is missing", () => {
  expect(() => repositoryOf({})).toThrow("this is none");
  expect(() => repositoryOf({ GITLAB_CI: "true", CI_API_V4_URL: "http://x", CI_PROJECT_ID: "1" })).toThrow(
    "GITLAB_TOKEN is not set",
  );
  expect(() => repositoryOf({ GITHUB_ACTIONS: "true", GITHUB_REPOSITORY: "a/b", GITHUB_API_URL: "http://x" })).toThrow(
    "GITHUB_TOKEN is not set",
  );
});
