/** A private copy of the fixture project, and its provider's world. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const fixture = fileURLToPath(new URL("./fixture", import.meta.url));
const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));

export interface World {
  objects?: Record<string, Record<string, unknown>>;
  drift?: Record<string, string>;
  faults?: Record<string, "fail" | "partial" | "crash" | "hang">;
  delayMs?: number;
  logs?: string[];
}

export interface Sandbox {
  readonly dir: string;
  readonly worldFile: string;
  world(): Required<Pick<World, "objects">> & World;
  setWorld(change: World): void;
  /** Method calls the provider saw since the last time, in order. */
  calls(): string[];
  remove(): void;
}

export function createSandbox(): Sandbox {
  const dir = mkdtempSync(join(tmpdir(), "stand-in-"));
  cpSync(fixture, dir, { recursive: true });
  symlinkSync(modules, join(dir, "node_modules"));
  const worldFile = join(dir, "world.json");
  const world = () => (existsSync(worldFile) ? JSON.parse(readFileSync(worldFile, "utf8")) : { objects: {} });
  return {
    dir,
    worldFile,
    world,
    setWorld(change) {
      writeFileSync(worldFile, JSON.stringify({ ...world(), ...change }));
    },
    calls() {
      const file = `${worldFile}.calls`;
      const text = existsSync(file) ? readFileSync(file, "utf8") : "";
      rmSync(file, { force: true });
      return text.split("\n").filter(Boolean);
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
