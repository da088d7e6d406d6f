/** What the traffic process in a namespace is told, and what it answers: a line of JSON each. */

/** Where new connections go, and from which address. */
export interface Target {
  readonly name: string;
  readonly to: string;
  readonly port: number;
  readonly source?: string;
  readonly perSecond: number;
}

export interface StreamOptions {
  readonly to: string;
  readonly port: number;
  readonly source?: string;
  /** Bytes per write; 4096 by default. */
  readonly bytes?: number;
  /** Milliseconds between writes; 5 by default. */
  readonly everyMs?: number;
}

export type Order =
  /** Opens connections at the targets' rates until `stop`, one in `keepOneIn` of them for `keepMs`. */
  | {
      readonly op: "storm";
      readonly targets: readonly Target[];
      readonly keepOneIn: number;
      readonly keepMs: number;
      readonly deadlineMs: number;
    }
  /** Answers every connection of the storm once all have come to their end. */
  | { readonly op: "stop" }
  /** Opens a connection over which bytes run both ways without a pause until `end`. */
  | ({ readonly op: "stream" } & StreamOptions)
  /** Answers once bytes that were written after this order have come back, over each of these streams. */
  | { readonly op: "alive"; readonly streams: readonly number[]; readonly timeoutMs: number }
  /** Writes no more, and answers when all has come back or `timeoutMs` is over. */
  | { readonly op: "end"; readonly stream: number; readonly timeoutMs: number };

/** One connection of the storm. */
export interface Attempt {
  readonly target: string;
  readonly source: string;
  readonly sourcePort: number;
  /** Milliseconds of the client's clock since the storm began. */
  readonly begun: number;
  readonly ended: number;
  /** Until the greeting was there. */
  readonly connectMs?: number;
  /** Kept open, speaking all the while. */
  readonly kept: boolean;
  /** Why it did not come to its end; absent for one whose every byte came back. */
  readonly error?: string;
}

export interface StreamState {
  readonly open: boolean;
  readonly sent: number;
  readonly received: number;
  /** SHA-256 of the bytes sent and of those that came back. */
  readonly sentSum: string;
  readonly receivedSum: string;
  readonly fault?: string;
}

export type Answer =
  | { readonly attempts: readonly Attempt[] }
  | { readonly stream: number; readonly sourcePort: number; readonly peer: string }
  | { readonly dead: readonly { readonly stream: number; readonly why: string }[] }
  | StreamState
  | Record<string, never>;

export type Request = Order & { readonly id: number };
export type Response = { readonly id: number } & ({ readonly answer: Answer } | { readonly error: string });
