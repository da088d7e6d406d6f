/** The types in dist as a program would read them: a package whose types do not compile hides every fault in a site. */
import { globSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

export function refuseBrokenTypes(dist: string): void {
  const files = globSync(join(dist, "**/*.d.ts"));
  const program = ts.createProgram(files, {
    noEmit: true,
    strict: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ["node"],
  });
  const faults = files.flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  });
  if (faults.length === 0) return;
  throw new Error(`The types in dist do not compile:\n${formatFaults(faults, dist)}`);
}

/** As the compiler prints them, with paths below a folder. */
export function formatFaults(faults: readonly ts.Diagnostic[], folder: string): string {
  return ts.formatDiagnostics(faults, {
    getCurrentDirectory: () => folder,
    getCanonicalFileName: (name: string) => name,
    getNewLine: () => "\n",
  });
}
