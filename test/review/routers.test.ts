/** A stack whose program has several routers: what is told of which. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { commentOf, drawnOf, toldApart } from "../../provider/cli/review/comment.ts";
import { placeOf } from "../../provider/cli/review/review.ts";
import { plain } from "../../provider/cli/review/words.ts";
import { parsed, recordedText } from "./comments.ts";

interface Raw {
  readonly config: Record<string, string>;
  readonly steps: readonly { readonly op: string; readonly urn: string }[];
  readonly diagnostics: readonly { readonly message: string; readonly severity: string; readonly urn?: string }[];
  readonly changeSummary: Record<string, number>;
}

const raw = (name: string) => JSON.parse(recordedText(name)) as Raw;
const siteIn = (value: Raw) => JSON.parse(value.config["multiwan:site"]!) as object;

/** What has been recorded, of a component and a router with other names. */
function renamed(value: Raw, component: string, address: string): Raw {
  const text = JSON.stringify(value)
    .replaceAll("MultiWan::site", `MultiWan::${component}`)
    .replaceAll("::site-", `::${component}-`)
    .replaceAll(" site-", ` ${component}-`)
    .replaceAll("/site-", `/${component}-`)
    .replaceAll('"site"', `"${component}"`)
    .replaceAll("192.168.99.1", address);
  return JSON.parse(text) as Raw;
}

/** One preview of both: links, devices and servers of the same names. */
function both(north: Raw, south: Raw, config: Record<string, string> = {}): Raw {
  const [a, b] = [renamed(north, "north", "192.0.2.1"), renamed(south, "south", "192.0.2.2:2222")];
  const sites = { north: siteIn(north), south: siteIn(south) };
  return {
    config: { "multiwan:site": JSON.stringify(sites), ...config },
    steps: [...a.steps, ...b.steps.filter(({ urn }) => !urn.includes("pulumi:pulumi:Stack"))],
    diagnostics: [...a.diagnostics, ...b.diagnostics],
    changeSummary: { same: 22 },
  };
}

const drawn = (value: Raw) => toldApart(drawnOf(parsed(JSON.stringify(value)), "file"));
const commentFor = (value: Raw) => commentOf(drawn(value), "default");
const summaries = (value: Raw) =>
  drawn(value).map(({ review }) => `${plain(placeOf(review))}: ${plain(review.summary)}`);

describe("two routers of one stack", () => {
  const two = both(raw("switch"), raw("service"));

  test("have a line, a part and a picture each, by component and address", () => {
    expect(summaries(two)).toEqual([
      expect.stringMatching(/^headquarters, north on 192\.0\.2\.1: default moves from wan_one to wan_two; proof: /),
      expect.stringMatching(/^headquarters, south on 192\.0\.2\.2:2222: 1 service added; proof: /),
    ]);
    const text = commentFor(two);
    expect(text).toContain("## Review of the network change of 2 sites");
    expect(text).toContain("### `headquarters`, `north` on `192.0.2.1`\n");
    expect(text.split("```mermaid").length).toBe(3);
    expect(text).toContain('title: "multiwan / headquarters, north on 192.0.2.1: the change"');
  });

  test("have a default each", () => {
    const text = commentFor(both(raw("switch"), raw("first-up")));
    expect(text).toContain("The default moves from `wan_one` to `wan_two`");
    expect(text).toContain("The default is by `wan_one`, as the router has it already");
  });

  test("have their own lines, and their own verdict", () => {
    const [north, south] = drawn(two).map(({ review }) => review);
    expect(north!.lines.map(({ resource }) => resource)).toEqual(["DefaultRoute north-default"]);
    expect(south!.lines.every(({ resource }) => resource.includes(" south-"))).toBe(true);
    expect(north!.said.counts!.before.yes).toBe(195);
    expect(plain(south!.howLong!)).toContain(
      "after its `confirmTimeout`, 60 seconds (more on a slow router) where it has none",
    );
  });

  test("are the same comment in whatever order Pulumi came to their resources", () => {
    const expected = commentFor(two);
    const all = <T>(list: readonly T[]) => fc.shuffledSubarray([...list], { minLength: list.length });
    fc.assert(
      fc.property(all(two.steps), all(two.diagnostics), (steps, diagnostics) => {
        expect(commentFor({ ...two, steps, diagnostics })).toBe(expected);
      }),
      { numRuns: 20 },
    );
  });

  test("drift is told of the one that has drifted", () => {
    const [north, south] = drawn(both(raw("switch"), raw("drift"))).map(({ review }) => review);
    expect(north!.risks.map(({ about }) => about)).not.toContain("drift");
    expect(south!.said.drift.map(({ resource }) => resource)).toEqual(["FwmarkRule south-wan_two-rule"]);
  });

  test("where one is refused, nothing of the other can be applied", () => {
    expect(summaries(both(raw("switch"), raw("refused")))).toEqual([
      "headquarters, north on 192.0.2.1: cannot be applied: the preview of this stack ended with an error, and not because of this router",
      expect.stringMatching(/^headquarters: cannot be applied: multiwan:site\.links\.wan_one\.gateway/),
    ]);
  });

  test("one that comes is a first change, though the stack has another", () => {
    const first = raw("first-up");
    const [north, south] = drawn(both(raw("switch"), first)).map(({ review }) => review);
    expect([north!.isFirst, south!.isFirst]).toEqual([false, true]);
    expect(south!.risks.map(({ words }) => plain(words))[0]).toContain("the stack has nothing of south yet.");
  });

  test("one of which nothing changes, but whose connections are lost, has its line", () => {
    const lost = raw("lost-already");
    const quiet = {
      ...lost,
      steps: [],
      diagnostics: lost.diagnostics.filter(({ message }) => message.includes("are lost")),
    };
    expect(summaries(both(raw("switch"), quiet))[1]).toBe(
      "headquarters, 192.0.2.2:2222: nothing changes; some connections are lost already: see below".replace(
        ", 192",
        ", router 192",
      ),
    );
  });

  test("what is no router's has a part of its own", () => {
    const other = { op: "create", urn: "urn:pulumi:headquarters::multiwan::random:index:Pet::name" };
    const value = { ...two, steps: [...two.steps, other] };
    expect(summaries(value).at(-1)).toBe("headquarters: Another resource: name (create)");
    expect(commentFor(value)).toContain("of 2 sites");
  });
});

test("a router that is not the one of multiwan:router is named, though it is the only one that changes", () => {
  const value = renamed(raw("switch"), "south", "192.0.2.2");
  const config = { ...raw("switch").config };
  expect(summaries({ ...value, config })[0]).toMatch(/^headquarters, south on 192\.0\.2\.2: default moves/);
});

test("a router that is reached by another name from now on is one, with what goes from it", () => {
  const value = raw("service");
  const [first, ...others] = value.steps.filter(({ urn }) => !urn.includes("Stack"));
  const now = JSON.parse(JSON.stringify(first).replaceAll("192.168.99.1", "192.0.2.9")) as object;
  const moved = { ...first!, ...now, oldState: (first as { oldState?: object }).oldState };
  const going = others.map((one) => ({ ...one, op: "delete", newState: undefined }));
  const config = { ...value.config, "multiwan:router": JSON.stringify({ host: "192.0.2.9" }) };
  expect(drawn({ ...value, config, steps: [moved, ...going], diagnostics: [] })).toHaveLength(1);
});
