import { createSocket } from "node:dgram";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import type { Command, Greeting } from "./wire.ts";

export interface Closable {
  close(): void;
}

type Listen = Command & { readonly op: "listen" };
type Relay = Command & { readonly op: "relay" };

/** A server that greets with its name and the peer it sees, then sends back everything it gets. */
export const listen = (command: Listen): Promise<Closable> =>
  command.proto === "tcp" ? listenTcp(command) : listenUdp(command);

const listenTcp = ({ port, address, banner }: Listen): Promise<Closable> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    track(sockets, socket);
    socket.setNoDelay(true);
    socket.write(greet(banner, `${socket.remoteAddress}:${socket.remotePort}`));
    socket.pipe(socket);
  });
  return listening(server, sockets, (done) => server.listen(port, address, done));
};

const listenUdp = ({ port, address, banner }: Listen): Promise<Closable> =>
  new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    socket.on("error", reject);
    socket.on("message", (message, peer) => {
      const answer = Buffer.concat([Buffer.from(greet(banner, `${peer.address}:${peer.port}`)), message]);
      // An answer without a route is lost like any other datagram.
      socket.send(answer, peer.port, peer.address, () => undefined);
    });
    socket.bind(port, address, () => resolve({ close: () => socket.close() }));
  });

/** Carries each connection to a UNIX socket on to `host:port` inside this namespace. */
export const relay = ({ path, host, port }: Relay): Promise<Closable> => {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = createConnection({ host, port, noDelay: true });
    join(sockets, near, far);
  });
  return listening(server, sockets, (done) => server.listen(path, done));
};

/** Couples two sockets so that the end or the failure of one is the other's as well. */
export const join = (sockets: Set<Socket>, near: Socket, far: Socket): void => {
  for (const [a, b] of [
    [near, far],
    [far, near],
  ] as const) {
    track(sockets, a);
    a.pipe(b);
    a.on("close", () => b.destroy());
  }
};

const track = (sockets: Set<Socket>, socket: Socket): void => {
  sockets.add(socket);
  socket.on("error", () => socket.destroy());
  socket.on("close", () => sockets.delete(socket));
};

export const listening = (server: Server, sockets: Set<Socket>, begin: (done: () => void) => void): Promise<Closable> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    begin(() =>
      resolve({
        close: () => {
          server.close();
          for (const socket of sockets) socket.destroy();
        },
      }),
    );
  });

const greet = (banner: string, peer: string): string => `${JSON.stringify({ banner, peer } satisfies Greeting)}\n`;
