/** Summary and list of changes: what moves is told, whatever it is. */
import { describe, expect, test } from "@jest/globals";
import { plain } from "../../provider/cli/review/words.ts";
import { drawnText, type Raw, raw, reviewOf, risksOf } from "./raw.ts";

describe("a summary and the list of changes leave no line out", () => {
  const OF = "urn:pulumi:headquarters::multiwan::multiwan:index:MultiWan$pulumi-nodejs:dynamic/multiwan:";
  const changed = (kind: string, before: object, after: object): Raw => {
    const value = raw("nothing");
    const step = {
      op: "update",
      urn: `${OF}${kind}::site`,
      oldState: { inputs: before, outputs: {} },
      newState: { inputs: after },
    };
    return { ...value, steps: [...value.steps, step], diagnostics: [] };
  };
  const told = (value: Raw) => ({
    summary: plain(reviewOf(value).summary),
    more: reviewOf(value).more.map(plain),
  });
  const rule = (source: string, priority: number) => ({
    ...{ source, table: 2, tableName: "wan_two", priority },
    config: `${priority}: from ${source} lookup wan_two`,
  });

  test("the rule of a server that gets another address, or another priority", () => {
    const { summary, more } = told(changed("SourceRule", rule("172.16.1.130", 4200), rule("172.16.1.150", 4200)));
    expect(more).toEqual(["The rule by which 172.16.1.150 leaves by wan_two changes; it is no longer for server2"]);
    expect(summary).not.toContain("no line of the router changes");
    expect(told(changed("SourceRule", rule("172.16.1.130", 4200), rule("172.16.1.130", 4300))).more).toEqual([
      "The rule by which server2 leaves by wan_two changes",
    ]);
  });

  test("a default by another gateway of the same link", () => {
    const route = (gateway: string) => ({ device: "eth1", gateway, config: `default via ${gateway} dev eth1` });
    const { summary, more } = told(changed("DefaultRoute", route("149.99.251.145"), route("149.99.251.146")));
    expect(more).toEqual(["The route of the default by wan_one changes"]);
    expect(summary).toContain("The route of the default by wan_one changes");
    const value = changed("DefaultRoute", route("149.99.251.145"), route("149.99.251.146"));
    expect(reviewOf(value).affected.map(({ who, how }) => `${plain(who)}: ${plain(how)}`)).toEqual([
      "Networks inside: 172.16.1.0/24: new connections leave by wan_one as before, and over the gateway 149.99.251.146 instead of 149.99.251.145; open ones follow the routing table of their link",
    ]);
  });

  test.each([
    ["ServerMap", "Translation is put back as declared, published services included"],
    ["ConnmarkChain", "The chain that marks connections is put back as declared"],
    ["BootConfig", "The boot files are put back as declared"],
    ["SourceRule", "The rule by which server2 leaves by wan_two is put back as declared"],
    ["DefaultRoute", "The default by wan_one is put back as declared"],
  ])("%s that has only drifted", (kind, sentence) => {
    const props = { ...rule("172.16.1.130", 4200), device: "eth1", config: "x" };
    expect(told(changed(kind, props, { ...props, drift: ["missing: x"] })).more).toEqual([sentence]);
  });

  test("a default that has drifted is a risk: new connections from inside take another way", () => {
    const props = { device: "eth1", config: "default via 149.99.251.145 dev eth1" };
    const risks = (line: string) => risksOf(changed("DefaultRoute", props, { ...props, drift: [line] }));
    expect(risks(`missing: ${props.config}`)).toContainEqual(
      expect.stringMatching(
        /^default: the main table's default is put back: new connections from inside leave by wan_one/,
      ),
    );
    // After a reboot without boot files: the route is there, and only the list of managed lines is not.
    expect(risks("missing: /run/multiwan/manifest: that these lines are managed").join()).not.toContain("put back");
  });

  test("lines to replace, and arguments that move no line", () => {
    const props = { device: "eth1", config: "default via 149.99.251.145 dev eth1", replace: ["a"] };
    expect(told(changed("DefaultRoute", props, { ...props, replace: ["b"], onlink: true })).more).toEqual([
      "Setting replace: with b",
      "Setting replace: without a",
      "Settings of DefaultRoute site: onlink",
    ]);
    const link = { link: "wan_one", device: "eth1", config: "x" };
    const quiet = changed("WanLink", link, { ...link, replace: ["a"] });
    expect(reviewOf(quiet).links).toEqual([]);
    expect(told(quiet)).toEqual({ summary: "Setting replace: with a", more: ["Setting replace: with a"] });
  });

  test("a map whose values are secret is not said to leave the services alone", () => {
    expect(
      told(changed("ServerMap", { config: "[secret]", entries: "[secret]" }, { config: { x: 1 }, entries: "[secret]" }))
        .more[0],
    ).toBe("Translation changes; which services it publishes is a secret");
  });
});

describe("the default moves back to the route that the router had first", () => {
  const FOUND = "default via 149.99.251.145 dev eth1";
  const back = (): Raw => {
    const value = raw("switch");
    const step = value.steps.find(({ op, urn }) => op === "update" && urn.includes("DefaultRoute"))!;
    const [was, is] = [step.oldState!, step.newState!];
    step.oldState = { inputs: { ...is.inputs, replaces: [FOUND] }, outputs: { ...is.inputs, replaces: [FOUND] } };
    step.newState = { inputs: { ...was.inputs, adopts: [FOUND] } };
    const site = JSON.parse(value.config["multiwan:site"]!) as object;
    value.config["multiwan:site"] = JSON.stringify({ ...site, default: "wan_one" });
    return value;
  };

  test("a move like any other: it was adopted once, and has not been there since", () => {
    const { default: main, risks, affected } = reviewOf(back());
    expect(main).toMatchObject({ from: "wan_two", to: "wan_one", found: false });
    expect(risks.map(({ about }) => about)).toContain("default");
    expect(affected.map(({ who }) => plain(who))).toContainEqual(expect.stringContaining("Networks inside"));
    const text = drawnText(back());
    expect(text).toContain("- The default moves from `wan_two` to `wan_one`");
    expect(text).not.toContain("as the router has it already");
  });
});
