/** What this provider process has in common: its settings, its router, and its end. */
import { RouterError } from "../router/errors.ts";
import { Router } from "../router/router.ts";
import { parseRouterSettings, type SettingsIssue } from "../router/settings.ts";

interface State {
  config: unknown;
  router?: Router | undefined;
  /** Owners whose drift this process has found: an old `drift` in the state counts for nothing. */
  readonly drifted: Set<string>;
  /** Warnings that this process has given: they are about the router, not about one resource. */
  readonly warned: Set<string>;
  watching: boolean;
}

// The SDK loads the provider text once per distinct text; all of them share this process's one router.
const KEY = Symbol.for("pulumi-multiwan.process");
const shared = globalThis as { [KEY]?: State };
shared[KEY] ??= { config: undefined, drifted: new Set(), warned: new Set(), watching: false };
const state = shared[KEY];

/** Called synchronously from `configure`, which the SDK does not wait for: nothing is connected here. */
export function configure(routerConfig: unknown): void {
  state.config = routerConfig;
  watchParent();
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

export const drifted = state.drifted;
export const warned = state.warned;

/** For tests that play several runs in one process. */
export async function forget(): Promise<void> {
  await state.router?.close();
  state.router = undefined;
  state.drifted.clear();
  state.warned.clear();
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

/** A CLI that is killed leaves its providers running: without a parent nobody waits for an answer, so nothing may go on. */
function watchParent(): void {
  if (state.watching) return;
  state.watching = true;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, 1000).unref();
}
