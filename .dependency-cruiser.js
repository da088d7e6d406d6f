/** `npm run lint` with layers.ts as rules: no cycles, no arrow that is not listed there, no package outside its folder. */
import { LAYERS } from "./layers.ts";

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
const within = (folder) => (folder.endsWith(".ts") ? `provider/${escaped(folder)}$` : `provider/${escaped(folder)}/`);

const layered = Object.entries(LAYERS).flatMap(([name, { may, packages = [] }]) => [
  {
    name: `${name}-imports-downwards`,
    comment: `provider/${name} may import ${may.join(", ") || "nothing"}: see layers.ts`,
    severity: "error",
    from: { path: `^provider/${name}/` },
    to: { path: "^provider/", pathNot: `^(${[name, ...may].map(within).join("|")})` },
  },
  {
    name: `${name}-packages`,
    comment: `provider/${name} may use ${packages.join(", ") || "no package"}: see layers.ts`,
    severity: "error",
    from: { path: `^provider/${name}/` },
    to: {
      pathNot: ["^provider/", ...packages.map(packagePath)],
      ...(packages.includes("node:*") ? { dependencyTypesNot: ["core"] } : {}),
    },
  },
]);

/** As the cruiser resolves it: a module of Node by its bare name. */
function packagePath(name) {
  return name.startsWith("node:") ? `^${escaped(name.slice(5))}$` : `node_modules/(@types/)?${escaped(name)}/`;
}

export default {
  forbidden: [{ name: "no-cycles", severity: "error", from: {}, to: { circular: true } }, ...layered],
  options: { tsPreCompilationDeps: true, doNotFollow: { path: "node_modules" } },
};
