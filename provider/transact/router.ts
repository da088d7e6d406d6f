import { randomBytes } from "node:crypto";
import { confirmSeconds } from "../guard/deadline.ts";
import { settleScript } from "../guard/lock.ts";
import { parseOutcome } from "../guard/outcome.ts";
import type { Fragment } from "../model/line.ts";
import { shortName } from "../model/owner.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { mayOnlyRead, observerOf, readRouter } from "../observe/observer.ts";
import { endsOf, operatorOf } from "../observe/operator.ts";
import { keyText, parsed, type Seen, understood } from "../observe/reading.ts";
import type { Manifest } from "../plan/manifest.ts";
import { type Plan, planOf } from "../plan/plan.ts";
import type { Request } from "../plan/settlement.ts";
import { oldAlgorithms } from "../ssh/algorithms.ts";
import { RouterError } from "../ssh/errors.ts";
import { openSession, type Session } from "../ssh/session.ts";
import { type RouterSettings, routerName } from "../ssh/settings.ts";
import type { Ends } from "../ssh/shell.ts";
import { failure, notPersistent, TransactionFailed } from "./failure.ts";
import { Gathering } from "./gathering.ts";
import { newProof, type Proof } from "./proof.ts";
import { onThisRouter, refuseCut, refuseHeld, refuseOtherStacks, refuseSplit, refuseTakenAlong } from "./refusals.ts";
import { type Guard, howItEnded, newGuard, operator, transact } from "./transaction.ts";

export type { Seen } from "../observe/reading.ts";

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
  /** What each checked resource will ask for, where nothing stands in its way. */
  readonly previewed = new Map<string, Request>();
  /** Of how many of them together the preview has said what becomes of connections. */
  foreseen = 0;
  /** Keys of the lines that checked resources adopt. */
  readonly leaving = new Set<string>();
  /** By key of such a line, the first resource that was checked: the one whose preview says that it goes. */
  readonly adopters = new Map<string, string>();
  /** What checked resources were called before, in another stack or by another name. */
  readonly renamed = new Set<string>();
  /** By owner, the stack whose lines it may take over. */
  readonly takeOvers = new Map<string, string>();
  /** The resource whose drift says what a failed rollback left of others. */
  clearer: string | undefined;
  /** What changes of this run could not give back. */
  readonly #notes = new Set<string>();
  readonly #proof: Proof;
  /** What is to be said about the connection. */
  #old: string | undefined;
  /** Who was in the middle of a change when it was read. */
  #others: string | undefined;
  #session: Promise<Session> | undefined;
  #first: Promise<Seen> | undefined;
  /** Where the first session came in and from. */
  #ends: Promise<Ends | undefined> | undefined;
  /** The newest snapshot; undefined after a failure, whose outcome has to be read first. */
  #latest: Seen | undefined;
  /** When the newest snapshot was asked for. */
  #asked = 0;
  /** What the first reading took: the measured speed of the router. */
  #readingMs = 0;
  #pending: Pending[] = [];
  /** Who may share the next transaction. */
  readonly gathering = new Gathering();
  #working: Promise<void> | undefined;
  #changed = false;

  constructor(settings: RouterSettings) {
    this.settings = settings;
    this.#proof = newProof(settings);
  }

  /** The router as it was when this process first looked. Connects on the first call, and not before. */
  first(): Promise<Seen> {
    this.#first ??= this.#read().then(async (seen) => {
      this.#latest ??= seen;
      return { ...seen, operator: await operatorOf(this.settings, await this.#whence(), (await this.#open()).peer) };
    });
    return this.#first;
  }

  /** Makes one resource's lines what it asks for, together with whatever else arrives now. @throws {RouterError} */
  apply(request: Request): Promise<void> {
    if (observerOf(this.settings) !== undefined) return Promise.reject(mayOnlyRead(routerName(this.settings)));
    this.gathering.arrived();
    this.#changed = true;
    return new Promise((resolve, reject) => {
      this.#pending.push({ request, settle: (error) => (error ? reject(error) : resolve()) });
      this.#working ??= this.#work();
    });
  }

  /** Has this process begun to change the router? Then what it first read is no longer what is there. */
  get changing(): boolean {
    return this.#changed;
  }

  /** Who owns what after the last change; undefined where that failed, until the router has been read again. */
  get manifest(): Manifest | undefined {
    return this.#latest?.manifest;
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    await session?.close();
  }

  /** What this run found out that no resource is to blame for. */
  get warnings(): readonly string[] {
    return [this.#old, this.#others, ...this.#notes, ...this.#proof.warnings].filter((text) => text !== undefined);
  }

  /** Handshakes of the session and of probes that logged in; exchanges of the session. */
  async counts(): Promise<Session["counts"]> {
    const { handshakes, exchanges } = (await this.#session)?.counts ?? { handshakes: 0, exchanges: 0 };
    return { handshakes: handshakes + this.#proof.counts.logins, exchanges };
  }

  async #work(): Promise<void> {
    while (this.#pending.length > 0) {
      await this.gathering.over();
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

  async #transaction(asked: readonly Request[]): Promise<void> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const seen = this.#latest ?? (await this.#read());
      if (seen.snapshot.unconfirmed) {
        await this.#settle(seen.snapshot);
        continue;
      }
      refuseSplit(seen, routerName(this.settings));
      const requests = asked.map((request) => onThisRouter(request, seen, this));
      refuseOtherStacks(seen, requests, this);
      const plan: Plan = planOf(seen.snapshot, seen.manifest, requests, this.claims);
      if (plan.empty) return this.#note(plan);
      refuseCut(plan, routerName(this.settings), await this.#whence());
      refuseHeld(plan, seen, routerName(this.settings));
      refuseTakenAlong(plan, seen, routerName(this.settings));
      await this.#proof.before(await this.#open());
      this.#latest = undefined;
      const seconds = this.settings.confirmTimeout ?? confirmSeconds(this.#readingMs, plan);
      const guard = newGuard(seen.snapshot, seconds, performance.now() - this.#asked);
      const sent = performance.now();
      try {
        const after = await transact(await this.#open(), this.settings, seen.snapshot, plan, guard, this.#proof);
        if (after) {
          this.#latest = understood(after, routerName(this.settings), seen.snapshot.hostKey);
          this.#asked = sent;
          return this.#note(plan);
        }
      } catch (error) {
        if (!lostContact(error)) throw error;
        await this.#comeBack(error, seen.snapshot, plan, guard);
      }
    }
    throw new RouterError("stale", {
      router: routerName(this.settings),
      what: "applying the change",
      why: "another run keeps changing the router's list of managed lines (the manifest) meanwhile",
      hint: "Wait until the other run has ended, then run again",
    });
  }

  #note({ notes = [] }: Plan): void {
    for (const note of notes) this.#notes.add(note);
  }

  /** Another run's change is past its time, and the router has not rolled it back: this run does. */
  async #settle(seen: Snapshot): Promise<void> {
    this.#latest = undefined;
    const { run, seconds } = newGuard(seen, this.settings.confirmTimeout ?? 60, 0);
    const session = await this.#open();
    const what = "rolling back a change that was not confirmed in time";
    const { stdout } = await session.exchange(settleScript(run, { seconds, who: operator() }), { what });
    const outcome = parseOutcome(stdout, run.nonce);
    if (outcome?.kind === "locked") throw failure(session.router, { steps: [] }, outcome, seconds);
  }

  /**
   * Contact was lost in the middle: the outcome is on the router. Tries to get in again until it must have reverted,
   * and a little longer. Returns when the change stands, or never began: planning again tells which.
   */
  async #comeBack(lost: unknown, before: Snapshot, plan: Plan, guard: Guard): Promise<void> {
    const { seconds } = guard;
    const until = performance.now() + (seconds + 30) * 1000;
    for (;;) {
      await this.close();
      this.#session = undefined;
      try {
        await this.#learnOutcome(before, plan, guard);
        return;
      } catch (error) {
        if (error instanceof TransactionFailed || isKind(error, "not-persistent")) throw error;
        if (performance.now() > until) throw lost;
        await new Promise((resolve) => setTimeout(resolve, 2000));
      }
    }
  }

  /** Returns where the change stands. @throws {TransactionFailed} nothing is left of it @throws {RouterError} */
  async #learnOutcome(before: Snapshot, plan: Plan, guard: Guard): Promise<void> {
    const session = await this.#open();
    const { outcome, left } = await howItEnded(session, { ...guard, plan, before });
    if (outcome?.kind === "confirmed") return;
    if (outcome?.kind === "unpersisted") throw notPersistent(session.router, outcome.output);
    const ended = outcome?.kind === "stuck" ? outcome : ({ kind: "undone" } as const);
    throw failure(session.router, plan, ended, guard.seconds, left);
  }

  #open(): Promise<Session> {
    this.#session ??= openSession(this.settings);
    return this.#session;
  }

  #whence(): Promise<Ends | undefined> {
    this.#ends ??= this.#open().then((session) => endsOf(session, this.settings));
    return this.#ends;
  }

  async #read(): Promise<Seen> {
    const session = await this.#open();
    this.#old = oldAlgorithms(session.algorithms);
    const until = performance.now() + PATIENCE * 1000;
    for (;;) {
      const nonce = randomBytes(8).toString("hex");
      this.#asked = performance.now();
      const { stdout, stderr, ms } = await readRouter(session, this.settings, nonce);
      this.#readingMs = Math.max(this.#readingMs, ms);
      const seen = understood(parsed(stdout, nonce, session.router, stderr), session.router, keyText(session.hostKey));
      const { atWork, unconfirmed } = seen.snapshot;
      this.#others = unconfirmed ? overdue(unconfirmed) : atWork && halfRead(atWork);
      if (!atWork || unconfirmed || performance.now() > until) return seen;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

/** Seconds that a reading waits for another run's change to end; most take less, and then nothing has to be said. */
const PATIENCE = 15;

const halfRead = ({ who, seconds }: NonNullable<Snapshot["atWork"]>) =>
  `${who || "somebody"} is changing this router, and had not ended after ${PATIENCE} seconds (it will in ${seconds} at the latest): what is shown here may be half of that change`;

const overdue = ({ who, seconds }: NonNullable<Snapshot["unconfirmed"]>) =>
  `a change that ${who || "another run"} began was not confirmed, its time ended ${seconds} seconds ago, and the router has not rolled it back: what is shown here holds that change. The next up rolls it back first`;

const isKind = (error: unknown, kind: RouterError["kind"]) => error instanceof RouterError && error.kind === kind;
const lostContact = (error: unknown) => isKind(error, "connection-lost") || isKind(error, "timeout");

/** The culprit gets the whole error; who only shared its transaction gets one line. */
function blame(error: Error, owner: string): Error {
  if (!(error instanceof TransactionFailed)) return error;
  const { culprits } = error;
  if (culprits.length === 0 || culprits.includes(owner)) return error.error;
  const names = culprits.map(shortName).join(", ");
  return new RouterError("rolled-back", { router: error.error.router, what: `not applied: rolled back with ${names}` });
}
