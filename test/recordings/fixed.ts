/** Clock, random numbers and the operator's name, the same in every run: what is played follows from the tape alone. */
import { createHash } from "node:crypto";
import { createRequire, syncBuiltinESMExports } from "node:module";

const require = createRequire(import.meta.url);
const issued = new Set<string>();
let drawn = 0;
let now = 0;
/** 2026-01-01 */
const EPOCH = Date.UTC(2026, 0, 1);

interface Timer {
  readonly at: number;
  readonly n: number;
  readonly run: () => void;
}
let timers: Timer[] = [];
let made = 0;
let pumping = false;

/** The clock stands still while anything is being done, and goes to the next timer when nothing is. */
export function fix(): void {
  const crypto = require("node:crypto") as { randomBytes: (size: number) => Buffer };
  crypto.randomBytes = (size) => {
    const bytes = createHash("sha512").update(`${drawn++}`).digest().subarray(0, size);
    issued.add(bytes.toString("hex"));
    return Buffer.from(bytes);
  };
  const os = require("node:os") as { userInfo: () => object; hostname: () => string; homedir: () => string };
  os.userInfo = () => ({ username: "operator", uid: 0, gid: 0, shell: "/bin/sh", homedir: "/root" });
  os.hostname = () => "console";
  os.homedir = () => "/root";
  const hooks = require("node:perf_hooks") as { performance: { now: () => number } };
  Object.defineProperty(hooks.performance, "now", { value: () => now, configurable: true });
  syncBuiltinESMExports();
  globalThis.Date = new Proxy(Date, {
    construct: (date, args) => (args.length === 0 ? new date(EPOCH + now) : Reflect.construct(date, args)),
    get: (date, key) => (key === "now" ? () => EPOCH + now : Reflect.get(date, key)),
  });
  Object.assign(globalThis, { setTimeout: later, clearTimeout: never });
}

/** Each tape begins at the same time, with the same numbers. */
export function restart(): void {
  issued.clear();
  [drawn, now, timers] = [0, 0, []];
}

/** The nonce that a script bears; undefined for one without. */
export const nonceIn = (script: string): string | undefined =>
  script.match(HEX)?.findLast((word) => word.length === 16 && issued.has(word));

/** With one word for all random numbers: how many were drawn before is no part of a text. */
export const withoutNonces = (text: string, word: string): string =>
  text.replace(HEX, (number) => (issued.has(number) ? word : number));

const HEX = /(?<![0-9a-f])[0-9a-f]{8,}(?![0-9a-f])/g;

function later(run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) {
  const timer = { at: now + (ms || 0), n: made++, run: () => run(...args) };
  timers.push(timer);
  pump();
  return Object.assign(timer, { ref: () => timer, unref: () => timer, hasRef: () => true, refresh: () => timer });
}

function never(timer: unknown): void {
  timers = timers.filter((one) => one !== timer);
}

function pump(): void {
  if (pumping) return;
  pumping = true;
  setImmediate(() => {
    pumping = false;
    const next = timers.toSorted((a, b) => a.at - b.at || a.n - b.n)[0];
    if (!next) return;
    never(next);
    now = Math.max(now, next.at);
    next.run();
    pump();
  });
}
