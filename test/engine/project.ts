/** Pulumi.yaml and Pulumi.<stack>.yaml, read as the CLI reads them. */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { yaml } from "./edge.ts";

export interface ProjectInfo {
  readonly name: string;
  readonly root: string;
  /** Working directory of the program and of the provider. */
  readonly programDir: string;
  readonly entry: string;
  readonly runtimeOptions: Readonly<Record<string, unknown>>;
}

export interface StackConfig {
  readonly values: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
}

interface ProjectFile {
  name: string;
  main?: string;
  runtime: string | { name: string; options?: Record<string, unknown> };
  config?: Record<string, unknown>;
}

const read = (file: string) => yaml.load(readFileSync(file, "utf8"), { schema: yaml.CORE_SCHEMA }) as unknown;

function readProject(root: string): ProjectFile {
  const file = join(root, "Pulumi.yaml");
  if (!existsSync(file)) throw new Error(`no Pulumi.yaml project file found in ${root}`);
  return read(file) as ProjectFile;
}

export function loadProject(root: string): ProjectInfo {
  const project = readProject(root);
  const main = project.main ?? ".";
  const isFile = existsSync(join(root, main)) && /\.[cm]?[jt]s$/.test(main);
  return {
    name: project.name,
    root,
    programDir: isFile ? join(root, dirname(main)) : join(root, main),
    entry: isFile ? basename(main) : ".",
    runtimeOptions: typeof project.runtime === "string" ? {} : (project.runtime.options ?? {}),
  };
}

export function loadConfig(
  root: string,
  stack: string,
  overrides: Readonly<Record<string, unknown>>,
  secrets: readonly string[],
): StackConfig {
  const project = readProject(root);
  const qualify = (key: string) => (key.includes(":") ? key : `${project.name}:${key}`);
  const values: Record<string, string> = {};
  for (const [key, value] of [...Object.entries(storedConfig(root, stack)), ...Object.entries(overrides)])
    values[qualify(key)] = configText(value);
  const missing: string[] = [];
  for (const [key, declared] of Object.entries(project.config ?? {}).filter(([key]) => !(qualify(key) in values))) {
    const { value, default: standard } = declaration(declared);
    const given = value ?? standard;
    if (given !== undefined) values[qualify(key)] = configText(given);
    else if (isTyped(declared)) missing.push(key);
  }
  refuseMissing(stack, missing);
  return { values, secretKeys: secrets.map(qualify) };
}

/** As it stands in Pulumi.<stack>.yaml. */
function storedConfig(root: string, stack: string): Record<string, unknown> {
  const file = join(root, `Pulumi.${stack}.yaml`);
  const stored = existsSync(file) ? (read(file) as { config?: Record<string, unknown> } | null) : null;
  const config = { ...stored?.config };
  const secure = Object.keys(config).find((key) => holdsSecure(config[key]));
  if (secure === undefined) return config;
  throw new Error(
    `${basename(file)}: ${secure} is encrypted (secure:), which the stand-in engine cannot decrypt; use pulumi, or pass the value with -c`,
  );
}

function refuseMissing(stack: string, keys: readonly string[]): void {
  if (keys.length === 0) return;
  const names = keys.map((key) => `'${key}'`).join(", ");
  throw new Error(`Stack '${stack}' is missing configuration value${keys.length > 1 ? "s" : ""} ${names}`);
}

const isTyped = (declared: unknown) => typeof declared === "object" && declared !== null && "type" in declared;

/** A bare value is short for `value:`. */
function declaration(declared: unknown): { value?: unknown; default?: unknown } {
  if (typeof declared !== "object" || declared === null || Array.isArray(declared)) return { value: declared };
  return declared;
}

function holdsSecure(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const keys = Object.keys(value);
  return (keys.length === 1 && keys[0] === "secure") || Object.values(value).some(holdsSecure);
}

/** Objects become JSON as Go writes it: sorted keys, `<`, `>` and `&` escaped. */
export function configText(value: unknown): string {
  if (typeof value !== "object" || value === null) return value === null ? "" : String(value);
  const sorted = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([left], [right]) => (left < right ? -1 : 1)))
      : item,
  );
  return sorted.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
