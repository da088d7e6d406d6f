/** Runs without a router: what it holds is a value, and what it is asked to become is kept. */

import { Replacements } from "../../provider/lifecycle/replacements.ts";
import type { Run, RunRouter } from "../../provider/lifecycle/run.ts";
import type { Snapshot } from "../../provider/model/snapshot.ts";
import { liveOf } from "../../provider/plan/live.ts";
import type { Manifest } from "../../provider/plan/manifest.ts";
import { settle } from "../../provider/plan/settle.ts";
import type { Request } from "../../provider/plan/settlement.ts";
import { parseRouterSettings } from "../../provider/ssh/settings.ts";
import { Gathering } from "../../provider/transact/gathering.ts";
import type { Seen } from "../../provider/transact/router.ts";
import { routerOf } from "../kinds/routers.ts";

export interface TestRun extends Run {
  /** What was said, `warn: text`. */
  readonly told: string[];
  /** What the router was asked to become, one after the other. */
  readonly asked: Request[];
  /** How often it was read. */
  readonly readings: () => number;
}

export interface Given {
  readonly snapshot?: Snapshot;
  readonly manifest?: Manifest;
  /** Besides the host. */
  readonly settings?: object;
  /** Why it cannot be read. */
  readonly unread?: Error;
  /** Why a change fails. */
  readonly unchanged?: Error;
}

export const HOST = "172.16.1.1";

export function newRun({
  snapshot = routerOf(),
  manifest = new Map(),
  settings,
  unread,
  unchanged,
}: Given = {}): TestRun {
  const parsed = parseRouterSettings({ host: HOST, user: "root", ...settings });
  if ("issues" in parsed) throw new Error(JSON.stringify(parsed.issues));
  const told: string[] = [];
  const asked: Request[] = [];
  let readings = 0;
  let changing = false;
  let latest = manifest;
  const router: RunRouter = {
    settings: parsed.settings,
    first: async (): Promise<Seen> => {
      readings++;
      if (unread) throw unread;
      return { snapshot, manifest };
    },
    apply: async (request) => {
      changing = true;
      if (unchanged) throw unchanged;
      asked.push(request);
      latest = settle(latest, liveOf(snapshot), [request], router.claims).manifest;
    },
    get changing() {
      return changing;
    },
    get manifest() {
      return latest;
    },
    ...{ warnings: [], gathering: new Gathering(), claims: new Map(), previewed: new Map(), foreseen: 0 },
    ...{ leaving: new Set(), adopters: new Map(), renamed: new Set(), takeOvers: new Map(), clearer: undefined },
  };
  return {
    ...{ told, asked, readings: () => readings, router: () => router },
    ...{ drifted: new Set(), warned: new Set(), reached: new Set(), siblings: new Map(), places: new Map() },
    replacements: new Replacements(),
    say: (severity, message) => void told.push(`${severity}: ${message}`),
    said: async () => {},
  };
}
