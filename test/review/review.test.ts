/** What becomes a risk, a change or a word, case by case. */
import { describe, expect, test } from "@jest/globals";
import { commentOf, toldApart } from "../../provider/cli/review/comment.ts";
import { parsePreview } from "../../provider/cli/review/digest.ts";
import { plain, withPlainWords } from "../../provider/cli/review/words.ts";
import { COMMENTS, drawn, parsed, recorded } from "./comments.ts";
import { drawnText, raw, reviewOf, risksOf, withRouter } from "./raw.ts";

describe("the management path", () => {
  test("a line that names the host, a further way in, or an address of a management network", () => {
    expect(risksOf(withRouter(raw("service"), { host: "123.234.1.14" }))).toContainEqual(
      expect.stringMatching(/^management: .*123\.234\.1\.14/),
    );
    expect(risksOf(withRouter(raw("service"), { probe: { paths: ["123.234.1.14:22"] } }))).toContainEqual(
      expect.stringMatching(/^management: .*123\.234\.1\.14/),
    );
    const value = raw("service");
    const site = JSON.parse(value.config["multiwan:site"]!) as object;
    value.config["multiwan:site"] = JSON.stringify({ ...site, management: ["123.234.1.0/28"] });
    expect(risksOf(value)).toContainEqual(expect.stringMatching(/^management: .*123\.234\.1\.0\/28/));
  });

  test("not one of another address that only begins like it", () => {
    expect(risksOf(withRouter(raw("service"), { host: "23.234.1.14" }))).toEqual([]);
    expect(risksOf(withRouter(raw("service"), { host: "123.234.1.1" }))).toEqual([]);
  });
});

test("the time until a change is taken back is that of the settings", () => {
  expect(plain(reviewOf(raw("switch")).howLong!)).toContain("after 60 seconds (more on a slow router)");
  expect(plain(reviewOf(withRouter(raw("switch"), { confirmTimeout: 300 })).howLong!)).toContain("after 300 seconds.");
});

describe("secrets", () => {
  const SIGNED = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:abc" };
  test.each([["[secret]"], [SIGNED]])("lines that are one are hidden, and said to be: %j", (secret) => {
    const value = raw("switch");
    const step = value.steps.find(({ op }) => op === "update")!;
    Object.assign(step.newState!.inputs, { config: secret, gateway: secret, adopts: secret });
    const text = commentOf([drawn(parsed(JSON.stringify(value)))], "default");
    expect(text).not.toContain("v1:abc");
    if (typeof secret === "object")
      expect(text).toContain("Hidden, because a value is a secret: `DefaultRoute site-default`");
  });

  test("no setting of the connection but the host and the ways in is read at all", () => {
    const text = commentOf(
      [
        drawn(
          parsed(
            JSON.stringify(withRouter(raw("first-up"), { password: "hunter2", privateKey: "KEY", user: "operator7" })),
          ),
        ),
      ],
      "default",
    );
    expect(text).not.toMatch(/hunter2|KEY\b|operator7|recorded|id_ed25519/);
    const hidden = { ...raw("switch"), config: { ...raw("switch").config, "multiwan:router": "[secret]" } };
    expect(reviewOf(hidden).outcome).toBe("changes");
  });
});

describe("a preview that ended early", () => {
  test("one of a stack file with faults, of which nothing else is known", () => {
    const text =
      "error: Pulumi.north.yaml has a fault:\n  multiwan:site.links.a.gatway: is not a setting; did you mean gateway?\n";
    const { review } = drawn(parsed(JSON.stringify({ diagnostics: [{ severity: "error", message: text }] })), "north");
    expect(review).toMatchObject({ name: "north", outcome: "refused", risks: [], links: [] });
    expect(commentOf([{ review, graph: undefined }], "default")).toContain("did you mean gateway?");
  });
});

test("a site that does not change, with connections that are lost: said in its line, and told below", () => {
  const lost = raw("lost-already").diagnostics!.filter(({ message }) => message.includes("connections are lost"));
  const text = commentOf([drawn(parsed(JSON.stringify({ ...raw("nothing"), diagnostics: lost })))], "default");
  expect(text).toContain("**`headquarters`**: nothing changes; some connections are lost already: see below");
  expect(text).toContain(
    "Lost, and not by this change:\n\n```text\n192.168.99.1: connections are lost: tcp 216.111.1.11:1494",
  );
});

describe("what is no preview", () => {
  test.each([
    ["", /^is not what/],
    ["error: no stack", /^is not what/],
    ["[]", /^is JSON, but/],
    ['{"name": "x"}', /^is JSON, but/],
    ['{"steps": 1}', /^is JSON, but/],
    ['{"sequence":1,"timestamp":1}\n{"sequence":2}\n', /PULUMI_ENABLE_STREAMING_JSON_PREVIEW/],
  ])("%j", (text, why) => {
    expect(parsePreview(text)).toEqual({ fault: expect.stringMatching(why) });
  });
});

test("a replacement is one resource, and moves no line", () => {
  const value = raw("switch");
  const step = value.steps.find(({ op }) => op === "update")!;
  const { inputs } = step.oldState!;
  const same = { ...step, oldState: step.oldState!, newState: { inputs } };
  value.steps = [
    ...value.steps.filter((one) => one !== step),
    ...["create-replacement", "replace", "delete-replaced"].map((op) => ({ ...same, op })),
  ];
  const review = reviewOf(value);
  expect(review.lines).toEqual([]);
  expect(review.more.map(plain)).toEqual([
    "Replaced in the state, with no line moved for it: DefaultRoute site-default",
  ]);
});

test("a site that a program declares has no picture, and its links go by their devices where no resource names them", () => {
  const value = raw("switch");
  delete value.config["multiwan:site"];
  expect(drawn(parsed(JSON.stringify(value)))).toMatchObject({
    graph: undefined,
    review: { default: { from: "wan_one", to: "wan_two" } },
  });
});

test("--json has sentences where the review has words", () => {
  const value = withPlainWords(drawn(recorded("switch")).review) as { summary: string; risks: { words: string }[] };
  expect(value.summary).toMatch(/^default moves from wan_one to wan_two; proof: /);
  expect(value.risks[0]!.words).toContain("new connections from inside leave by wan_two");
  expect(JSON.stringify(value)).not.toContain('"quoted"');
});

describe("a comment that is too long", () => {
  const all = [...new Set(Object.values(COMMENTS).flat())].map((name) => drawn(recorded(name)));
  const whole = commentOf(all, "default");
  const within = (limit: number) => commentOf(all, "default", limit);
  test("loses the lines first, then diagrams, then what was said, then all but the summaries", () => {
    expect(within(whole.length)).toBe(whole);
    const noLines = within(whole.length - 1);
    expect(noLines).toContain("left out here._");
    expect(noLines).toContain("```mermaid");
    expect(noLines).toContain("This comment is shorter than the review");
    const steps = [whole.length - 1, 40_000, 20_000, 8_000, 4_000, 2_500].map(within);
    for (const [i, text] of steps.entries())
      expect(text.length).toBeLessThanOrEqual([whole.length - 1, 40_000, 20_000, 8_000, 4_000, 2_500][i]!);
    expect(steps[2]).not.toContain("@@");
    for (const { review } of all) expect(within(4_000)).toContain(`- **\`${review.name}\``);
  });
});

describe("the numbers of the proof", () => {
  const proofOf = (name: string, said: string) => {
    const value = raw(name);
    const others = (value.diagnostics ?? []).filter(({ message }) => !message.includes("proof: "));
    value.diagnostics = [...others, { severity: "info", message: `192.168.99.1: proof: ${said}` }];
    const text = drawnText(value);
    return text.split("\n").find((line) => line.startsWith("**Proof**"))!;
  };

  test("fewer of them are not said to be what goes: on a first change nothing does", () => {
    const text = proofOf("first-up", "64 hold before this change, 48 after");
    expect(text).toContain("Fewer are no loss: claims are made of what is declared");
    expect(text).not.toContain("goes");
  });

  test("fewer of them are called no loss only where none has become another answer", () => {
    for (const more of ["; 0 cannot be told before, 9 after", "; 0 shut by rules before, 9 after"])
      expect(proofOf("first-up", `64 hold before this change, 48 after${more}`)).not.toContain("no loss");
  });

  test("where some cannot be told, it is said who tells why", () => {
    expect(proofOf("switch", "9 hold before this change, 9 after; 2 cannot be told before, 3 after")).toContain(
      "Those that cannot be told: 2 before, 3 after; `multiwan verify` says why.",
    );
  });
});

test("a summary of a refusal has the reason, not only its heading", () => {
  const text =
    "error: Pulumi.north.yaml has a fault:\n  multiwan:site.default: there is no link c; the links are a, b\n";
  const { review } = drawn(parsed(JSON.stringify({ diagnostics: [{ severity: "error", message: text }] })), "north");
  expect(plain(review.summary)).toBe(
    "cannot be applied: Pulumi.north.yaml has a fault: multiwan:site.default: there is no link c; the links are a, b",
  );
});

test("stacks of one name in two projects are told apart by their projects", () => {
  const other = raw("nothing");
  const text = JSON.stringify(other).replaceAll("::multiwan::", "::branches::");
  const names = toldApart([drawn(parsed(JSON.stringify(raw("nothing")))), drawn(parsed(text))]).map(
    ({ review }) => review.name,
  );
  expect(names).toEqual(["branches/headquarters", "multiwan/headquarters"]);
  expect(toldApart([drawn(recorded("nothing")), drawn(recorded("branch"))]).map(({ review }) => review.name)).toEqual([
    "branch",
    "headquarters",
  ]);
});

test("lines that are put back are not counted among those that come and go, and that is said", () => {
  const value = raw("service");
  const step = value.steps.find(({ op }) => op === "update")!;
  const title = () => drawnText(value).match(/\d+ lines? of the router: .*/)![0];
  expect(title()).not.toContain("drift");
  Object.assign(step.newState!.inputs, { drift: ["missing: x"] });
  expect(title()).toMatch(/, besides those of the drift/);
});
