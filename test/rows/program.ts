/** A small program of somebody else's that imports the package from its own node_modules, in a folder of its own. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Program extends Disposable {
  readonly project: string;
  /** Replaces the program. */
  write(source: string): void;
}

export function program(source: string): Program {
  const project = mkdtempSync(join(tmpdir(), "multiwan-program-"));
  const file = (name: string, text: string) => writeFileSync(join(project, name), text);
  file("Pulumi.yaml", "name: rows\nruntime:\n  name: nodejs\n  options: { typescript: false }\nmain: index.ts\n");
  file("package.json", '{ "name": "rows", "type": "module" }\n');
  mkdirSync(join(project, "node_modules"));
  symlinkSync(root, join(project, "node_modules/pulumi-multiwan"));
  symlinkSync(join(root, "node_modules/@pulumi"), join(project, "node_modules/@pulumi"));
  const write = (text: string) => file("index.ts", text);
  write(source);
  return { project, write, [Symbol.dispose]: () => rmSync(project, { recursive: true, force: true }) };
}
