/** What this provider process has in common: its settings, its router, and its end. */
import { createConnection } from "node:net";
import { RouterError } from "../ssh/errors.ts";
import { parseRouterSettings, type SettingsIssue } from "../ssh/settings.ts";
import { Router } from "../transact/router.ts";
import { Replacements } from "./replacements.ts";
import type { Run } from "./run.ts";
import { said, say } from "./speak.ts";

interface State extends Omit<Run, "router" | "say" | "said"> {
  config: unknown;
  router?: Router | undefined;
  watching: boolean;
}

// The SDK loads the provider text once per distinct text; all of them share this process's one router.
const KEY = Symbol.for("pulumi-multiwan.process");
const shared = globalThis as { [KEY]?: State };
shared[KEY] ??= {
  config: undefined,
  drifted: new Set(),
  warned: new Set(),
  reached: new Set(),
  siblings: new Map(),
  replacements: new Replacements(),
  places: new Map(),
  watching: false,
};
const state = shared[KEY];

/** Called synchronously from `configure`, which the SDK does not wait for: nothing is connected here. */
export function configure(routerConfig: unknown): void {
  state.config = routerConfig;
  watchEngine();
}

/** The router of this process. Its settings are judged on first use, so that they are a fault of a resource's check. */
export function router(): Router {
  if (!state.router) {
    const parsed = parseRouterSettings(state.config);
    if ("issues" in parsed) throw new BadSettings(parsed.issues);
    state.router = new Router(parsed.settings);
  }
  return state.router;
}

/** The run that this process is part of. */
export const run: Run = { ...state, router, say, said };

/** For tests that play several runs in one process. */
export async function forget(): Promise<void> {
  await state.router?.close();
  state.router = undefined;
  state.drifted.clear();
  state.warned.clear();
  state.reached.clear();
  state.siblings.clear();
  state.replacements.clear();
  state.places.clear();
}

class BadSettings extends RouterError {
  constructor(issues: readonly SettingsIssue[]) {
    super("bad-settings", {
      router: "multiwan:router",
      what: "the settings of the connection",
      why: issues.map((issue) => `${issue.path} ${issue.message}`).join("; "),
      hint: "Correct them in Pulumi.<stack>.yaml",
    });
  }
}

/**
 * A CLI that is killed leaves its providers running: nobody waits for an answer any more, so nothing may go on. Its plugin is
 * started by a shell that lives on, so that the parent tells nothing; the engine's port, the last argument, does.
 */
function watchEngine(): void {
  if (state.watching) return;
  state.watching = true;
  const [, host, port] = /^(127\.0\.0\.1|localhost|\[::1\]):(\d+)$/.exec(process.argv.at(-1) ?? "") ?? [];
  if (host && port) stayConnected(host.replace(/^\[|\]$/g, ""), Number(port));
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, 1000).unref();
}

/** Not a byte goes over it: that it ends, and that there is no other, is what counts. */
function stayConnected(host: string, port: number): void {
  const socket = createConnection({ host, port });
  socket.on("error", ({ code }: NodeJS.ErrnoException) => {
    if (code === "ECONNREFUSED") process.exit(1);
  });
  socket.on("close", () => setTimeout(() => stayConnected(host, port), 1000).unref());
  socket.unref().resume();
}
