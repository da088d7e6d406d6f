/** Stories played to both engines. */
import type { World } from "../sandbox.ts";

export interface Act {
  readonly title: string;
  readonly command: "preview" | "up" | "refresh" | "destroy";
  /** `up` and the others preview first unless told otherwise. */
  readonly withPreview?: boolean;
  readonly refresh?: boolean;
  readonly parallel?: number;
  readonly world?: World;
  /** Keeps the former one when absent. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface Scenario {
  readonly title: string;
  readonly acts: readonly Act[];
}

const text = (...lines: string[]) => `${lines.join("\n")}\n`;
const thing = (name: string, args: Record<string, unknown> = {}, rest: Record<string, unknown> = {}) => ({
  name,
  args,
  ...rest,
});

const chain = (config: string, extra: Record<string, unknown> = {}) => ({
  things: [
    thing("a", { key: "k1", config, ...extra }),
    thing("b", { key: "k1", note: "<&>" }, { dependsOn: ["a"], from: { other: "a.serial" }, parent: "grp" }),
    thing("c", {}, { parent: "grp" }),
  ],
});

export const scenarios: readonly Scenario[] = [
  {
    title: "the life of a stack",
    acts: [
      { title: "preview of a new stack", command: "preview", config: chain(text("one", "two")) },
      { title: "create", command: "up" },
      { title: "no change", command: "up", withPreview: true },
      {
        title: "change in a preview",
        command: "preview",
        config: chain(text("one", "two", "three"), { list: ["x", 1, true, null] }),
      },
      { title: "change", command: "up" },
      { title: "drift appears", command: "up", world: { drift: { a: "missing: two" } } },
      { title: "drift is mended", command: "up", world: { drift: {} } },
      { title: "destroy", command: "destroy", withPreview: true },
    ],
  },
  {
    title: "failures",
    acts: [
      {
        title: "one of four fails, its siblings are recorded",
        command: "up",
        parallel: 8,
        world: { faults: { "create b": "fail" }, delayMs: 300 },
        config: { things: [thing("a"), thing("b"), thing("c"), thing("d", {}, { dependsOn: ["a", "b"] })] },
      },
      { title: "the next run creates the rest", command: "up", world: { faults: {}, delayMs: 0 } },
      {
        title: "an update fails half-way",
        command: "up",
        parallel: 1,
        world: { faults: { "update a": "partial" } },
        config: {
          things: [
            thing("b"),
            thing("c", {}, { dependsOn: ["b"] }),
            thing("a", { v: 1 }, { dependsOn: ["c"] }),
            thing("d", {}, { dependsOn: ["a", "b"] }),
          ],
        },
      },
      { title: "init errors force an update", command: "up", world: { faults: {} } },
      {
        title: "a create fails half-way",
        command: "up",
        parallel: 1,
        world: { faults: { "create e": "partial" } },
        config: {
          things: [
            thing("b"),
            thing("c", {}, { dependsOn: ["b"] }),
            thing("a", { v: 1 }, { dependsOn: ["c"] }),
            thing("d", {}, { dependsOn: ["a", "b"] }),
            thing("e", {}, { dependsOn: ["d"] }),
          ],
        },
      },
      { title: "a delete fails", command: "destroy", parallel: 1, world: { faults: { "delete d": "fail" } } },
      {
        title: "a check fails in a preview",
        command: "preview",
        world: { faults: {} },
        config: { things: [thing("a", { v: 1 }), thing("b", { size: "huge" }, { dependsOn: ["a"] })] },
      },
    ],
  },
  {
    title: "identity",
    acts: [
      {
        title: "create",
        command: "up",
        config: {
          things: [
            thing("a", { key: "1" }),
            thing("b", { key: "1", exclusive: true }),
            thing("c", {}, { dependsOn: ["b"] }),
          ],
        },
      },
      {
        title: "replace, one created first, one deleted first",
        command: "up",
        config: {
          things: [
            thing("a", { key: "2" }),
            thing("b", { key: "2", exclusive: true }),
            thing("c", {}, { dependsOn: ["b"] }),
          ],
        },
      },
      {
        title: "rename without an alias, with one, and a removal",
        command: "up",
        withPreview: true,
        config: { things: [thing("a2", { key: "2" }), thing("b2", { key: "2", exclusive: true }, { alias: "b" })] },
      },
      {
        title: "options: protect, ignoreChanges, retainOnDelete, additionalSecretOutputs",
        command: "up",
        config: {
          things: [
            thing("a2", { key: "2", v: 2 }, { opts: { protect: true, ignoreChanges: ["v"] } }),
            thing(
              "b2",
              { key: "2", exclusive: true, w: "s" },
              { opts: { retainOnDelete: true, additionalSecretOutputs: ["serial"] } },
            ),
            thing("s", { pass: "hunter2", nested: { deep: ["x"] } }, { secret: ["pass", "nested"] }),
          ],
        },
      },
      {
        title: "a protected resource cannot go",
        command: "up",
        config: { things: [thing("s", { pass: "hunter3" }, { secret: ["pass"] })] },
      },
    ],
  },
  {
    title: "refresh",
    acts: [
      {
        title: "create",
        command: "up",
        config: { things: [thing("a", { v: 1 }), thing("b", { v: 1 }), thing("c", { v: 1 }, { dependsOn: ["b"] })] },
      },
      {
        title: "one changed, one gone",
        command: "refresh",
        withPreview: true,
        world: {
          objects: { "a:": { name: "a", v: 2, serial: "serial-a" }, "c:": { name: "c", v: 1, serial: "serial-c" } },
        },
      },
      { title: "up after the refresh", command: "up", withPreview: true },
      { title: "up --refresh", command: "up", refresh: true },
      { title: "a read fails", command: "refresh", world: { faults: { "read a:": "fail" } } },
      { title: "preview --refresh", command: "preview", refresh: true, world: { faults: {} } },
    ],
  },
  {
    title: "two explicit providers and a resource that is only read",
    acts: [
      {
        title: "create",
        command: "up",
        withPreview: true,
        world: { objects: { "old:": { name: "old", serial: "serial-old" } } },
        config: {
          providers: {
            r1: { "fixture:world": "world.json", "fixture:tag": "one", port: 22 },
            r2: { "fixture:world": "world.json", "fixture:tag": "two" },
          },
          things: [
            thing("a", {}, { provider: "r1" }),
            thing("b", {}, { provider: "r2" }),
            thing("old", {}, { get: "old:" }),
          ],
        },
      },
      {
        title: "one provider changes",
        command: "up",
        withPreview: true,
        config: {
          providers: {
            r1: { "fixture:world": "world.json", "fixture:tag": "three" },
            r2: { "fixture:world": "world.json", "fixture:tag": "two" },
          },
          things: [
            thing("a", {}, { provider: "r1" }),
            thing("b", {}, { provider: "r2" }),
            thing("old", {}, { get: "old:" }),
          ],
        },
      },
      { title: "the program fails", command: "up", config: { boom: "true", providers: {}, things: [thing("z")] } },
      { title: "destroy", command: "destroy" },
    ],
  },
];
