/**
 * The package as it is installed: compiled JavaScript and types in dist/, with a package.json of its own, ready for
 * `npm pack ./dist`. Node strips no types below node_modules, so the sources themselves cannot be published.
 */
import { copyFileSync, cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { ROUTER_SCRIPTS } from "../provider/observe/root-scripts.ts";
import { documentTypes } from "./documented-types.ts";
import { embedded, MODULE } from "./embed-shell.ts";
import { formatFaults, refuseBrokenTypes } from "./published-types.ts";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");

writeFileSync(MODULE, embedded());
rmSync(dist, { recursive: true, force: true });
documentTypes(compiled(join(root, "tsconfig.build.json")), root, dist);
for (const file of globSync(join(dist, "**/*.d.ts"))) writeFileSync(file, withoutTs(readFileSync(file, "utf8")));
refuseBrokenTypes(dist);
const source = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
writeFileSync(join(dist, "package.json"), `${JSON.stringify(packageOf(source), undefined, 2)}\n`);
for (const file of ["README.md", "LICENSE"])
  if (existsSync(join(root, file))) copyFileSync(join(root, file), join(dist, file));
// Plain JavaScript already: the compiler leaves it alone.
const bin = readFileSync(join(root, source.bin.multiwan), "utf8").replace(/(import\("\.[^"]*)\.ts"/g, '$1.js"');
writeFileSync(join(dist, binOf(source.bin.multiwan)), bin, { mode: 0o755 });
cpSync(join(root, "provider/cli/workflows/templates"), join(dist, "cli/workflows/templates"), { recursive: true });
cpSync(join(root, "policy"), join(dist, "policy"), { recursive: true });
const pack = readFileSync(join(root, "policy/index.js"), "utf8").replace(
  "../provider/policies/index.ts",
  "../policies/index.js",
);
writeFileSync(join(dist, "policy/index.js"), pack);
mkdirSync(join(dist, "router-scripts"));
for (const [name, text] of Object.entries(ROUTER_SCRIPTS)) writeFileSync(join(dist, "router-scripts", name), text);

/** The program that a configuration means, written out. @throws what the compiler says against it */
function compiled(configuration: string): ts.Program {
  const refuse = (faults: readonly ts.Diagnostic[]) => {
    if (faults.length > 0) throw new Error(formatFaults(faults, root));
  };
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (fault: ts.Diagnostic) => refuse([fault]) };
  const { fileNames, options, errors } = ts.getParsedCommandLineOfConfigFile(configuration, {}, host)!;
  refuse(errors);
  const program = ts.createProgram(fileNames, options);
  refuse(ts.getPreEmitDiagnostics(program));
  refuse(program.emit().diagnostics);
  return program;
}

/** The compiler rewrites `./x.ts` in JavaScript, but not in declarations. */
function withoutTs(declarations: string): string {
  return declarations
    .replace(/((?:from |import\()"\.[^"]*)\.ts"/g, '$1.js"')
    .replace(/^(import "\.[^"]*)\.ts"/gm, '$1.js"');
}

/** Where a file of provider/ lies in the package. */
function binOf(path: string): string {
  return path.replace(/^provider\//, "");
}

/** No `pulumi` key: the language host would take the package for a plugin to download. */
function packageOf({
  name,
  version,
  description,
  keywords,
  license,
  type,
  engines,
  bin,
  exports,
  dependencies,
}: typeof source) {
  const compiled = Object.entries(exports as Record<string, string>).map(([entry, file]) => {
    const base = file.replace(/^\.\/provider\//, "./").replace(/\.ts$/, "");
    // `default`, not `import`: CommonJS programs load the package too.
    return [entry, { types: `${base}.d.ts`, default: `${base}.js` }];
  });
  return {
    name,
    version,
    description,
    keywords,
    license,
    type,
    engines,
    bin: { multiwan: binOf(bin.multiwan) },
    exports: Object.fromEntries(compiled),
    dependencies,
  };
}
