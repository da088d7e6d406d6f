/**
 * Functions of the provider that a recording stands in for: it has no seam for them, since nobody else wants one. A function is known by
 * its name, wherever its module lies. To be imported before any module of the provider.
 */
import { registerHooks } from "node:module";
import "../drive/light-sdk.ts";

type Any = (...args: never[]) => unknown;
type Instead = (itself: Any, ...args: never[]) => unknown;

const HOOKED = ["openSession", "newProof", "planOf"] as const;
export type Hooked = (typeof HOOKED)[number];

const KEY = Symbol.for("multiwan.recordings");
const shared = globalThis as { [KEY]?: Map<string, Instead> };
shared[KEY] ??= new Map();
const instead = shared[KEY];
const found = new Set<string>();

registerHooks({
  load: (url, context, next) => {
    const loaded = next(url, context);
    if (!/\/provider\/.*\.ts$/.test(url)) return loaded;
    const source = String(loaded.source);
    const name = HOOKED.find((one) => new RegExp(`^export (async )?function ${one}\\b`, "m").test(source));
    if (name === undefined) return loaded;
    found.add(name);
    return { ...loaded, source: hooked(source, name) };
  },
});

/** Types are stripped behind it: the function may have any. */
function hooked(source: string, name: string): string {
  return `${source.replace(new RegExp(`^export ((?:async )?function) ${name}\\b`, "m"), `$1 ${name}Itself`)}
export function ${name}(...args) {
  const other = globalThis[Symbol.for("multiwan.recordings")].get("${name}");
  return other ? other(${name}Itself, ...args) : ${name}Itself(...args);
}
`;
}

/** @throws {Error} no module that has been loaded has the function: it goes by another name now */
export function standIn(name: Hooked, other: Instead): void {
  if (!found.has(name))
    throw new Error(`test/recordings/hook.ts: no module of the provider exports a function ${name}`);
  instead.set(name, other);
}
