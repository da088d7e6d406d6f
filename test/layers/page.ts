/** The layering as docs/development.md shows it: a table and a picture, made of layers.ts. */
import { LAYERS } from "../../layers.ts";

const code = (folder: string) => `\`${folder}\``;

/** A row for each folder, from the bottom up. */
export function layerTable(): string {
  const rows = Object.entries(LAYERS).map(([name, { what, may, packages = [], why }]) => {
    const uses = may.map(code).join(", ") || "nothing";
    return `| ${code(`provider/${name}/`)} | ${what} | ${uses}${why ? `: ${why}` : ""} | ${packages.map(code).join(", ")} |`;
  });
  return ["| folder | what | may import | packages |", "|---|---|---|---|", ...rows].join("\n");
}

/** Each folder over those that it imports; an arrow that another one says already is left out. */
export function layerPicture(): string {
  const folders = new Set(Object.keys(LAYERS));
  const direct = (name: string) => (LAYERS[name]?.may ?? []).map(folderOf).filter((one) => folders.has(one));
  const below = (name: string): Set<string> => new Set(direct(name).flatMap((one) => [one, ...below(one)]));
  const arrows = [...folders].flatMap((name) => {
    const said = new Set(direct(name).flatMap((one) => [...below(one)]));
    return [...new Set(direct(name))].filter((one) => !said.has(one)).map((one) => `  ${name} --> ${one}`);
  });
  return ["```mermaid", "flowchart TD", ...arrows, "```"].join("\n");
}

/** `ssh` of `ssh/settings.ts`. */
const folderOf = (path: string) => path.split("/")[0]!;
