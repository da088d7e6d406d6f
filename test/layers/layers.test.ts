/** docs/development.md shows the layers that the linter holds the sources to, and those of the folders that there are. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { LAYERS } from "../../layers.ts";
import { layerPicture, layerTable } from "./page.ts";

const root = join(import.meta.dirname, "../..");

test("every folder of provider/ has its place", () => {
  const folders = readdirSync(join(root, "provider"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).toSorted()).toEqual(Object.keys(LAYERS).toSorted());
});

test("a folder imports only what stands above it in the list", () => {
  const seen: string[] = [];
  for (const [name, { may }] of Object.entries(LAYERS)) {
    const unknown = may.filter((path) => !path.endsWith(".ts") || path.includes("/"));
    expect(unknown.map((path) => path.split("/")[0]).filter((folder) => !seen.includes(folder!))).toEqual([]);
    seen.push(name);
  }
});

test.each([
  ["the table", layerTable],
  ["the picture", layerPicture],
])("docs/development.md has %s of layers.ts", (_, draw) => {
  expect(readFileSync(join(root, "docs/development.md"), "utf8")).toContain(draw());
});
