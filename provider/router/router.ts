import { randomBytes } from "node:crypto";
import type { Fragment } from "../kernel/line.ts";
import type { Snapshot } from "../kernel/snapshot.ts";
import { type Manifest, parseManifest } from "../plan/manifest.ts";
import { type Plan, planOf } from "../plan/plan.ts";
import type { Request } from "../plan/settle.ts";
import { RouterError } from "./errors.ts";
import { openSession, type Session } from "./session.ts";
import { type RouterSettings, routerName } from "./settings.ts";
import { parseSnapshot, snapshotScript } from "./snapshot.ts";
import { TransactionFailed, transact } from "./transaction.ts";

/** Operations that arrive within this time of each other share a transaction: the engine starts its parallel ones together. */
const GATHER_MS = 30;

export interface Seen {
  readonly snapshot: Snapshot;
  readonly manifest: Manifest;
}

interface Pending {
  readonly request: Request;
  readonly settle: (error?: Error) => void;
}

/**
 * The router, as one provider process sees it: one connection, one first snapshot that every check is judged against,
 * and a queue in which changes become transactions one after another.
 */
export class Router {
  readonly settings: RouterSettings;
  /** What each checked resource of this process declares: nobody drops another's line. */
  readonly claims = new Map<string, Fragment>();
  #session: Promise<Session> | undefined;
  #first: Promise<Seen> | undefined;
  /** The newest snapshot; undefined after a failure, whose outcome has to be read first. */
  #latest: Seen | undefined;
  #pending: Pending[] = [];
  #working: Promise<void> | undefined;

  constructor(settings: RouterSettings) {
    this.settings = settings;
  }

  /** The router as it was when this process first looked. Connects on the first call, and not before. */
  first(): Promise<Seen> {
    this.#first ??= this.#read().then((seen) => {
      this.#latest ??= seen;
      return seen;
    });
    return this.#first;
  }

  /** Makes one resource's lines what it asks for, together with whatever else arrives now. @throws {RouterError} */
  apply(request: Request): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ request, settle: (error) => (error ? reject(error) : resolve()) });
      this.#working ??= this.#work();
    });
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    await session?.close();
  }

  async counts(): Promise<Session["counts"]> {
    return (await this.#session)?.counts ?? { handshakes: 0, exchanges: 0 };
  }

  async #work(): Promise<void> {
    while (this.#pending.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
      const group = this.#pending.splice(0);
      try {
        await this.#transaction(group.map((p) => p.request));
        for (const { settle } of group) settle();
      } catch (error) {
        for (const { request, settle } of group) settle(blame(error as Error, request.owner));
      }
    }
    this.#working = undefined;
  }

  async #transaction(requests: readonly Request[]): Promise<void> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const seen = this.#latest ?? (await this.#read());
      const plan: Plan = planOf(seen.snapshot, seen.manifest, requests, this.claims);
      if (plan.empty) return;
      this.#latest = undefined;
      try {
        const after = await transact(await this.#open(), seen.snapshot, plan);
        if (after) {
          this.#latest = understood(after);
          return;
        }
      } catch (error) {
        // The outcome is on the router, not in the connection that broke: read it there once, on a new connection.
        if (!lostContact(error) || attempt > 0) throw error;
        this.#session = undefined;
      }
    }
    throw new RouterError("stale", {
      router: routerName(this.settings),
      what: "applying the change",
      why: "somebody else keeps changing the router's own list of lines (the manifest) meanwhile",
      hint: "Wait until the other run has ended, then run again",
    });
  }

  #open(): Promise<Session> {
    this.#session ??= openSession(this.settings);
    return this.#session;
  }

  async #read(): Promise<Seen> {
    const session = await this.#open();
    const nonce = randomBytes(8).toString("hex");
    const { stdout } = await session.exchange(snapshotScript(nonce), { what: "reading the router" });
    return understood(parseSnapshot(stdout, nonce));
  }
}

function lostContact(error: unknown): boolean {
  return error instanceof RouterError && (error.kind === "connection-lost" || error.kind === "timeout");
}

function understood(snapshot: Snapshot): Seen {
  return { snapshot, manifest: parseManifest(snapshot.manifest) };
}

/** The culprit gets the whole error; who only shared its transaction gets one line. */
function blame(error: Error, owner: string): Error {
  if (!(error instanceof TransactionFailed)) return error;
  const { culprits } = error;
  if (culprits.length === 0 || culprits.includes(owner)) return error.error;
  const names = culprits.map((culprit) => culprit.split("/").slice(2).join(" ")).join(", ");
  return new RouterError("rolled-back", { router: error.error.router, what: `not applied: rolled back with ${names}` });
}
