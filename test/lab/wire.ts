/** The JSON lines between a lab and its agents: one agent process per namespace, commands in, answers out. */
export type Proto = "tcp" | "udp";

export interface ConnectCommand {
  readonly op: "connect";
  readonly proto: Proto;
  readonly source: string | undefined;
  readonly sourcePort: number;
  readonly to: string;
  readonly port: number;
  readonly hold: boolean;
  readonly timeoutMs: number;
}

export type Command =
  | ConnectCommand
  | {
      readonly op: "listen";
      readonly proto: Proto;
      readonly port: number;
      readonly address: string;
      readonly banner: string;
    }
  | { readonly op: "relay"; readonly path: string; readonly host: string; readonly port: number }
  | { readonly op: "echo"; readonly handle: number; readonly data: string; readonly timeoutMs: number }
  | { readonly op: "send"; readonly handle: number; readonly data: string }
  | { readonly op: "unlisten" | "state" | "close"; readonly handle: number };

/** What a server says first: who it is and whom it sees. */
export interface Greeting {
  readonly banner: string;
  /** Absent when the server is none of the lab's, e.g. sshd: it greeted, but cannot be asked for an echo. */
  readonly peer?: string;
}

export interface ConnectionState {
  readonly open: boolean;
  readonly sent: number;
  readonly received: number;
}

export type Answer = { readonly handle?: number; readonly greeting?: Greeting } & Partial<ConnectionState>;

export type Request = Command & { readonly id: number };
export type Response = { readonly id: number } & ({ readonly answer: Answer } | { readonly error: string });

/** A first line that is not ours is a foreign server's banner. */
export const parseGreeting = (line: string): Greeting => {
  try {
    return JSON.parse(line) as Greeting;
  } catch {
    return { banner: line.trim() };
  }
};
