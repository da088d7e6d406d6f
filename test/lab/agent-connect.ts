import { createSocket } from "node:dgram";
import { createConnection } from "node:net";
import { type ConnectCommand, type ConnectionState, type Greeting, parseGreeting } from "./wire.ts";

/** A client's connection to a lab server, which greets and then sends back every byte. */
export interface Connection {
  greeting(): Greeting;
  send(data: Buffer): void;
  /** Sends and waits until everything ever sent has come back unchanged. */
  echo(data: Buffer, timeoutMs: number): Promise<void>;
  state(): ConnectionState;
  close(): void;
}

export const connectTcp = (command: ConnectCommand): Promise<Connection> =>
  new Promise((resolve, reject) => {
    const { to, port, source, sourcePort, timeoutMs } = command;
    const socket = createConnection({
      host: to,
      port,
      localPort: sourcePort,
      noDelay: true,
      ...(source === undefined ? {} : { localAddress: source }),
    });
    const fail = (why: string) => {
      socket.destroy();
      reject(new Error(why));
    };
    const timer = setTimeout(() => fail("no greeting in time"), timeoutMs);
    let head = Buffer.alloc(0);
    const ledger = createLedger();
    socket.on("error", (error) => {
      fail(error.message);
      ledger.end(error.message);
    });
    socket.on("close", () => {
      fail("closed before the greeting");
      ledger.end("closed by the other side");
    });
    const onHead = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf(10);
      if (end < 0) return;
      clearTimeout(timer);
      socket.off("data", onHead).on("data", ledger.receive);
      const greeting = parseGreeting(head.toString("utf8", 0, end));
      resolve(
        connectionOf(
          ledger,
          () => greeting,
          (data) => socket.write(data),
          () => socket.destroy(),
        ),
      );
    };
    socket.on("data", onHead);
  });

export const connectUdp = (command: ConnectCommand): Promise<Connection> =>
  new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    const ledger = createLedger();
    // Nothing greets before the first datagram, so the echo must be asked for.
    let greeting: Greeting = { banner: "", peer: "" };
    socket.on("error", (error) => {
      reject(error);
      ledger.end(error.message);
    });
    // Each datagram is answered by the greeting and the datagram itself.
    socket.on("message", (message) => {
      const end = message.indexOf(10);
      greeting = parseGreeting(message.toString("utf8", 0, end));
      ledger.receive(message.subarray(end + 1));
    });
    // A connected socket takes answers from the address it asked only, as real clients do.
    socket.bind(command.sourcePort, command.source, () =>
      socket.connect(command.port, command.to, () =>
        resolve(
          connectionOf(
            ledger,
            () => greeting,
            (data) => socket.send(data),
            () => socket.close(),
          ),
        ),
      ),
    );
  });

const connectionOf = (
  ledger: Ledger,
  greeting: () => Greeting,
  write: (data: Buffer) => void,
  close: () => void,
): Connection => {
  const send = (data: Buffer) => {
    ledger.owe(data);
    write(data);
  };
  return {
    greeting,
    send,
    echo: async (data, timeoutMs) => {
      send(data);
      await ledger.settled(timeoutMs);
    },
    state: ledger.state,
    close: () => {
      ledger.end("closed");
      close();
    },
  };
};

/** Compares what comes back with what was sent, byte by byte. */
const createLedger = () => {
  let owed = Buffer.alloc(0);
  let sent = 0;
  let received = 0;
  let fault: string | undefined;
  let wake: () => void = () => undefined;
  return {
    owe: (data: Buffer) => {
      sent += data.length;
      owed = Buffer.concat([owed, data]);
    },
    receive: (data: Buffer) => {
      received += data.length;
      if (!owed.subarray(0, data.length).equals(data)) fault ??= "bytes came back changed or out of order";
      owed = owed.subarray(data.length);
      wake();
    },
    end: (why: string) => {
      fault ??= why;
      wake();
    },
    settled: (timeoutMs: number): Promise<void> =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => {
            wake = () => undefined;
            reject(new Error(`${owed.length} of ${sent} bytes did not come back in time`));
          },
          Math.max(0, timeoutMs),
        );
        wake = () => {
          if (fault === undefined && owed.length > 0) return;
          clearTimeout(timer);
          wake = () => undefined;
          fault === undefined ? resolve() : reject(new Error(fault));
        };
        wake();
      }),
    state: (): ConnectionState => ({ open: fault === undefined, sent, received }),
  };
};
type Ledger = ReturnType<typeof createLedger>;
