/** The registry of kinds, the export lists that are contracts, and what a program loads. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import * as face from "../../provider/index.ts";
import { isKindName, KINDS, kindNamed } from "../../provider/kinds/index.ts";
import { PROVIDERS } from "../../provider/lifecycle/providers.ts";
import { RouterResource, typeToken } from "../../provider/resources/base.ts";

const provider = fileURLToPath(new URL("../../provider", import.meta.url));
const names = Object.keys(KINDS).sort();

test("a kind stands in the registry under its own name", () => {
  for (const [name, kind] of Object.entries(KINDS)) expect(kind.type).toBe(name);
  expect(kindNamed("ServerMap")).toBe(KINDS.ServerMap);
});

test.each(["", "Router", "toString", "__proto__"])("%j is the name of no kind", (name) => {
  expect([isKindName(name), kindNamed(name)]).toEqual([false, undefined]);
});

test("index.ts has a class for each kind, known by its type, and no other resource", () => {
  const classes = Object.entries(face).filter(
    ([, value]) => (value as { prototype?: object }).prototype instanceof RouterResource,
  );
  expect(classes.map(([name]) => name).sort()).toEqual(names);
  for (const [name, made] of classes)
    for (const kind of Object.values(KINDS)) {
      const isOne = (made as typeof face.WanLink).isInstance({ __pulumiType: typeToken(kind.type as "WanLink") });
      expect([name, kind.type, isOne]).toEqual([name, kind.type, name === kind.type]);
    }
});

test("runtime.ts has a provider for each kind: states name it", () => {
  const program = `console.log(JSON.stringify(Object.keys(require(${JSON.stringify(join(provider, "runtime.ts"))}))))`;
  const argv = ["--disable-warning=ExperimentalWarning", "-e", program];
  const exported = JSON.parse(execFileSync(process.execPath, argv, { encoding: "utf8" })) as string[];
  expect(exported.sort()).toEqual(names);
  expect(Object.keys(PROVIDERS).sort()).toEqual(names);
});

test("a program loads nothing that talks to a router", () => {
  const files = [...imported(join(provider, "index.ts"))].map((file) => relative(provider, file));
  expect(files).toContain("kinds/index.ts");
  expect(files.filter((file) => /^(lifecycle|guard|observe|transact|cli)\//.test(file))).toEqual([]);
  expect(files.filter((file) => /from "node-ssh"/.test(readFileSync(join(provider, file), "utf8")))).toEqual([]);
});

test("a resource's class loads no kind: its arguments are a type", () => {
  const files = [...imported(join(provider, "resources/wan-link.ts"))].map((file) => relative(provider, file));
  expect(files.sort()).toEqual(["kinds/type-token.ts", "model/owner.ts", "resources/base.ts", "resources/wan-link.ts"]);
});

/** The file and all that it imports, whatever it imports them for but types. */
function imported(file: string, known = new Set<string>()): Set<string> {
  if (known.has(file)) return known;
  known.add(file);
  const text = readFileSync(file, "utf8");
  for (const [, path] of text.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^;"]*?\bfrom\s+)?"(\.[^"]+)"/gm))
    imported(join(dirname(file), path!), known);
  return known;
}
