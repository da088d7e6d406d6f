/** Many short connections at a steady rate. Each has a port of its own, by which the ISPs' records are found later. */
import { createConnection, type Socket } from "node:net";
import type { Attempt, Order, Target } from "./wire.ts";

type StormOrder = Extract<Order, { op: "storm" }>;

/** Ports of a target's connections: below Linux' own range, which the streams use. */
const FIRST_PORT = 1025;
const PORTS = 31_000;
/** Every connection speaks at least twice: some faults hit the second reply of a connection only. */
const WORDS = 2;
const TICK_MS = 10;
/** Between two words of a connection that is kept. */
const KEPT_MS = 200;

export class Storm {
  readonly #order: StormOrder;
  readonly #begun = performance.now();
  readonly #attempts: Promise<Attempt>[] = [];
  readonly #opened: number[];
  readonly #ticker: NodeJS.Timeout;

  constructor(order: StormOrder) {
    this.#order = order;
    this.#opened = order.targets.map(() => 0);
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
  }

  stop(): Promise<Attempt[]> {
    clearInterval(this.#ticker);
    return Promise.all(this.#attempts);
  }

  /** What a late tick owes is made up for, so that a busy machine changes the spacing and not the rate. */
  #tick(): void {
    const seconds = (performance.now() - this.#begun) / 1000;
    this.#order.targets.forEach((target, i) => {
      for (const due = Math.floor(seconds * target.perSecond); this.#opened[i]! < due; this.#opened[i]!++)
        this.#attempts.push(this.#one(target, FIRST_PORT + (this.#opened[i]! % PORTS)));
    });
  }

  #one(target: Target, sourcePort: number): Promise<Attempt> {
    const { keepOneIn, keepMs, deadlineMs } = this.#order;
    const kept = this.#attempts.length % keepOneIn === 0;
    const begun = performance.now();
    const base = { target: target.name, sourcePort, begun: Math.round(begun - this.#begun), kept };
    return new Promise((resolve) => {
      const socket = createConnection({
        ...{ host: target.to, port: target.port, localPort: sourcePort, noDelay: true },
        ...(target.source && { localAddress: target.source }),
      });
      let connectMs: number | undefined;
      let source = target.source ?? "";
      socket.once("connect", () => {
        source = socket.localAddress ?? source;
      });
      const end = (error?: string) => {
        clearTimeout(timer);
        socket.destroy();
        const ended = Math.round(performance.now() - this.#begun);
        resolve({ ...base, ended, source, ...(connectMs !== undefined && { connectMs }), ...(error && { error }) });
      };
      const timer = setTimeout(() => end("not answered in time"), deadlineMs + (kept ? keepMs : 0));
      socket.on("error", (error) => end(error.message));
      socket.on("close", () => end("closed by the other side"));
      socket.once("data", () => {
        connectMs = performance.now() - begun;
        converse(socket, () => (kept ? performance.now() - begun < keepMs : false), end);
      });
    });
  }
}

/** Says a word, waits until it has come back, and says the next. */
function converse(socket: Socket, goesOn: () => boolean, end: (error?: string) => void): void {
  let said = 0;
  let owed = Buffer.alloc(0);
  const say = () => {
    if (said >= WORDS && !goesOn()) return end();
    owed = Buffer.from(`word ${said++}\n`);
    socket.write(owed);
  };
  socket.on("data", (chunk: Buffer) => {
    if (!owed.subarray(0, chunk.length).equals(chunk)) return end("bytes came back changed");
    owed = owed.subarray(chunk.length);
    if (owed.length > 0) return;
    if (said < WORDS) say();
    else setTimeout(say, KEPT_MS);
  });
  say();
}
