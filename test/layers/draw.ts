/** `node test/layers/draw.ts`: writes table and picture of layers.ts into docs/development.md, between its markers. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { layerPicture, layerTable } from "./page.ts";

const page = join(import.meta.dirname, "../../docs/development.md");
const text = readFileSync(page, "utf8");
const between = /(<!-- layers -->\n)[\s\S]*?(\n<!-- end of layers -->)/;
writeFileSync(
  page,
  text.replace(between, (_, begin: string, end: string) => `${begin}${layerPicture()}\n\n${layerTable()}${end}`),
);
