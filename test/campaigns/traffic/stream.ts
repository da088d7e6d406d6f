/** A connection over which bytes run both ways without a pause. The lab's servers greet, then send back every byte. */
import { createHash, type Hash } from "node:crypto";
import { createConnection, type Socket } from "node:net";
import type { StreamOptions, StreamState } from "./wire.ts";

/** What is on its way at most; a stalled stream must not fill the memory. */
const WINDOW = 256 * 1024;

export class Stream {
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  readonly #sums: { readonly sent: Hash; readonly received: Hash } = {
    sent: createHash("sha256"),
    received: createHash("sha256"),
  };
  #counter = 0;
  #sent = 0;
  #received = 0;
  #fault: string | undefined;
  #progress: () => void = () => undefined;
  readonly peer: string;
  readonly sourcePort: number;

  private constructor(socket: Socket, peer: string, { bytes = 4096, everyMs = 20 }: StreamOptions) {
    this.#socket = socket;
    this.peer = peer;
    this.sourcePort = socket.localPort!;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", (error) => this.#fail(error.message));
    socket.on("close", () => this.#fail("closed by the other side"));
    this.#timer = setInterval(() => {
      if (this.#sent - this.#received < WINDOW) this.#write(bytes);
    }, everyMs);
  }

  static open(options: StreamOptions): Promise<Stream> {
    const { to, port, source } = options;
    return new Promise((resolve, reject) => {
      const socket = createConnection({ host: to, port, noDelay: true, ...(source && { localAddress: source }) });
      const timer = setTimeout(() => socket.destroy(new Error("no greeting in time")), 15_000);
      socket.once("error", reject);
      socket.once("data", (head: Buffer) => {
        clearTimeout(timer);
        socket.off("error", reject);
        // The greeting is one line, and nothing follows it before we speak.
        resolve(new Stream(socket, (JSON.parse(head.toString()) as { peer: string }).peer, options));
      });
    });
  }

  /** Numbers, each once: bytes that are lost, doubled or out of order change the sum. */
  #write(bytes: number): void {
    const chunk = Buffer.alloc(bytes);
    for (let i = 0; i + 4 <= bytes; i += 4) chunk.writeUInt32LE(this.#counter++ >>> 0, i);
    this.#sent += bytes;
    this.#sums.sent.update(chunk);
    this.#socket.write(chunk);
  }

  #take(chunk: Buffer): void {
    this.#received += chunk.length;
    this.#sums.received.update(chunk);
    this.#progress();
  }

  #fail(why: string): void {
    this.#fault ??= why;
    clearInterval(this.#timer);
    this.#progress();
  }

  /** Waits until every byte written up to now, and at least one after it, has come back; answers what is wrong. */
  async alive(timeoutMs: number): Promise<string | undefined> {
    const goal = this.#sent + 1;
    return this.#until(() => this.#received >= goal, timeoutMs);
  }

  async end(timeoutMs: number): Promise<StreamState> {
    clearInterval(this.#timer);
    const wrong = await this.#until(() => this.#received >= this.#sent, timeoutMs);
    const state: StreamState = {
      open: this.#fault === undefined,
      sent: this.#sent,
      received: this.#received,
      sentSum: this.#sums.sent.digest("hex"),
      receivedSum: this.#sums.received.digest("hex"),
      ...(wrong === undefined ? {} : { fault: wrong }),
    };
    this.#socket.destroy();
    return state;
  }

  #until(done: () => boolean, timeoutMs: number): Promise<string | undefined> {
    return new Promise((resolve) => {
      const end = (why: string | undefined) => {
        clearTimeout(timer);
        this.#progress = () => undefined;
        resolve(why);
      };
      const timer = setTimeout(
        () => end(`${this.#sent - this.#received} of ${this.#sent} bytes did not come back in time`),
        timeoutMs,
      );
      const look = () => {
        if (this.#fault !== undefined) end(this.#fault);
        else if (done()) end(undefined);
      };
      this.#progress = look;
      look();
    });
  }
}
