import { randomBytes } from "node:crypto";
import { performance } from "node:perf_hooks";
import type { Readable, Writable } from "node:stream";
import { asScript, type Script } from "../dialects/script.ts";
import { RouterError } from "./errors.ts";
import { type FramedText, type FrameReader, frameReader, frameScript, UNKNOWN_BODY } from "./frame.ts";

export interface ExchangeResult {
  readonly stdout: string;
  readonly stderr: string;
  /** 0..255, of the last command or of `exit`. */
  readonly exitCode: number;
  /** Milliseconds from the first byte sent to the last byte received, without the time in the queue. */
  readonly ms: number;
}

export interface ExchangeOptions {
  /** Milliseconds until the session is given up. Default: the channel's own. */
  readonly timeoutMs?: number;
  /** What the script is for, as messages say it: `reading the routes`. */
  readonly what?: string;
}

/** The three streams of a shell, wherever it runs. */
export interface ShellPipe {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

export interface ChannelOptions {
  readonly router: string;
  readonly timeoutMs: number;
  /** Sees what the shell's stdout held before the first script: the greeting of the login. */
  readonly onGreeting?: (text: string) => void;
  /** True when a script is under way, false when none is. */
  readonly onBusy?: (busy: boolean) => void;
  /** The channel cannot go on, by a deadline or by too much output: end the connection. */
  readonly onBroken?: () => void;
}

export interface ShellChannel {
  /**
   * Sends one script after those before it, and with it the bodies that the shell has not had yet; rejects with a RouterError. A
   * non-zero exit code is not an error.
   */
  exchange(script: Script | string, options?: ExchangeOptions): Promise<ExchangeResult>;
  /** The scripts sent. */
  readonly exchanges: () => number;
  /** Whether the shell has answered at all: before, its end means that there is no shell. */
  readonly answered: () => boolean;
  /** What the shell said that no exchange has claimed, stderr first. */
  readonly lastWords: () => string;
  /** Ends the running and all waiting exchanges, and refuses later ones. Only the first failure counts. */
  fail(makeError: Failure): void;
}

/** `waiting`: the script was never sent. */
export type ScriptState = "running" | "waiting";

/** Makes the error of one exchange out of what it was for. */
export type Failure = (what: string, state: ScriptState) => RouterError;

interface Exchange {
  readonly script: Script;
  /** The shell did not know one of the bodies: it gets all of them again, once. */
  readonly again?: true;
  readonly what: string;
  readonly timeoutMs: number;
  readonly resolve: (result: ExchangeResult) => void;
  readonly reject: (error: Error) => void;
}

interface Running extends Exchange {
  readonly out: FrameReader;
  readonly err: FrameReader;
  readonly startedAt: number;
  readonly deadline: NodeJS.Timeout;
  stdout?: FramedText;
  stderr?: FramedText;
}

/** A router that never stops talking must not fill our memory. Far above any state that is read. */
const MAX_OUTPUT = 64 * 1024 * 1024;

/** Bytes kept of what the shell says outside of an exchange. */
const MAX_STRAY = 16 * 1024;

/**
 * A POSIX shell at the start of every session: messages in English, the tools of root, no rc files for the shells that
 * scripts start, and nothing that is written readable for others.
 */
export const PROLOGUE =
  "LC_ALL=C; PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export LC_ALL PATH; " +
  "unset ENV BASH_ENV CDPATH; umask 077\n";

/** Speaks with one shell: scripts go in one after another, each gets back what it alone has printed. */
export function shellChannel(pipe: ShellPipe, options: ChannelOptions): ShellChannel {
  const waiting: Exchange[] = [];
  let running: Running | undefined;
  let failure: Failure | undefined;
  let sent = 0;
  let answered = false;
  /** Names of the bodies that the shell has been sent. */
  const known = new Set<string>();
  let stray = { out: Buffer.alloc(0), err: Buffer.alloc(0) };

  pipe.stdout.on("data", (chunk: Buffer) => take("stdout", "out", chunk));
  pipe.stderr.on("data", (chunk: Buffer) => take("stderr", "err", chunk));
  pipe.stdin.write(PROLOGUE);

  function take(stream: "stdout" | "stderr", side: "out" | "err", chunk: Buffer): void {
    const current = running;
    if (failure !== undefined) return;
    if (current === undefined || current[stream] !== undefined) {
      stray[side] = Buffer.concat([stray[side], chunk]).subarray(-MAX_STRAY);
      return;
    }
    const done = current[side].push(chunk);
    if (done !== undefined) current[stream] = done;
    if (current.stdout !== undefined && current.stderr !== undefined) finish(current, current.stdout, current.stderr);
    else if (current.out.size() + current.err.size() > MAX_OUTPUT) {
      giveUp("not-understood", `more than ${MAX_OUTPUT / 1024 / 1024} MB of output`);
    }
  }

  function next(): void {
    if (running !== undefined) return;
    const exchange = waiting.shift();
    if (exchange === undefined) {
      options.onBusy?.(false);
      return;
    }
    options.onBusy?.(true);
    const nonce = randomBytes(16).toString("hex");
    const seconds = exchange.timeoutMs / 1000;
    const deadline = setTimeout(() => giveUp("timeout", `no end after ${seconds} seconds`), exchange.timeoutMs);
    running = { ...exchange, out: frameReader(nonce), err: frameReader(nonce), startedAt: performance.now(), deadline };
    const greeting = stray;
    stray = { out: Buffer.alloc(0), err: Buffer.alloc(0) };
    sent++;
    // What came before the first script belongs to its greeting; push() never completes on it, the nonce is new.
    if (!answered) {
      running.out.push(greeting.out);
      running.err.push(greeting.err);
    }
    const unknown = exchange.script.bodies.filter(({ name }) => !known.has(name));
    for (const { name } of unknown) known.add(name);
    pipe.stdin.write(frameScript(exchange.script, nonce, unknown));
  }

  function finish(exchange: Running, stdout: FramedText, stderr: FramedText): void {
    clearTimeout(exchange.deadline);
    running = undefined;
    if (!answered) options.onGreeting?.(exchange.out.seen().toString("utf8", 0, MAX_STRAY));
    answered = true;
    const ms = performance.now() - exchange.startedAt;
    if (!stdout.began && stdout.exitCode === UNKNOWN_BODY && exchange.again === undefined) {
      for (const { name } of exchange.script.bodies) known.delete(name);
      const { script, what, timeoutMs, resolve, reject } = exchange;
      waiting.unshift({ script, what, timeoutMs, resolve, reject, again: true });
    } else if (stdout.began) {
      const text = { stdout: stdout.bytes.toString("utf8"), stderr: stderr.bytes.toString("utf8") };
      exchange.resolve({ ...text, exitCode: stdout.exitCode, ms });
    } else exchange.reject(notRun(options.router, exchange.what, stdout.exitCode, stderr.bytes));
    next();
  }

  function giveUp(kind: "timeout" | "not-understood", why: string): void {
    const output = lastWords();
    const culprit = running?.what;
    const { router } = options;
    fail((what, state) => {
      if (state === "waiting") {
        const reason = `the session was ended because of another script (${culprit}: ${why}); this one was not started`;
        return new RouterError("connection-lost", { router, what, why: reason });
      }
      const advice = kind === "timeout" && {
        hint: "If the router is slow, raise the deadline",
        setting: "exchangeTimeout",
      };
      const reason = `${why}; whether the script still runs is not known`;
      return new RouterError(kind, { router, what, why: reason, output, ...advice });
    });
    options.onBroken?.();
  }

  function fail(makeError: Failure): void {
    if (failure !== undefined) return;
    failure = makeError;
    const current = running;
    running = undefined;
    clearTimeout(current?.deadline);
    current?.reject(makeError(current.what, "running"));
    for (const exchange of waiting.splice(0)) exchange.reject(makeError(exchange.what, "waiting"));
    options.onBusy?.(false);
  }

  function lastWords(): string {
    const parts = [running?.err.seen() ?? stray.err, running?.out.seen() ?? stray.out].map(withoutMarks);
    return parts.filter((part) => part !== "").join("\n");
  }

  return {
    exchange: (script, { timeoutMs = options.timeoutMs, what = "running a script" } = {}) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure(what, "waiting"));
        const whole = asScript(script);
        if (whole.text.includes("\0")) return reject(new TypeError("a script must not hold a NUL"));
        waiting.push({ script: whole, what, timeoutMs, resolve, reject });
        next();
      }),
    exchanges: () => sent,
    answered: () => answered,
    lastWords,
    fail,
  };
}

function notRun(router: string, what: string, exitCode: number, stderr: Buffer): RouterError {
  const why =
    exitCode === UNKNOWN_BODY
      ? "the router's shell does not keep what it is sent, and ran none of the script"
      : "the router's shell found a syntax error in the script, and ran none of it";
  return new RouterError("not-understood", { router, what, why, output: withoutMarks(stderr) });
}

/** The last part of some output as text, without our own marks. */
function withoutMarks(bytes: Buffer): string {
  const text = bytes.subarray(-MAX_STRAY).toString("utf8");
  return text.replace(/\n?@@[0-9a-f]{32} [^\n]*\n?/g, "").trim();
}
