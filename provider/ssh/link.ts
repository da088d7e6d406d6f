import type { Client } from "ssh2";
import type { SshFault } from "./faults.ts";
import type { HostKey } from "./hostkey.ts";

/** The algorithms that both ends agreed on: worth telling where they are old ones. */
export interface Agreed {
  readonly kex: string;
  readonly hostKey: string;
  readonly cipher: string;
}

/** A connection that is logged in. */
export interface Link {
  readonly client: Client;
  algorithms: Agreed;
  greeting: string | undefined;
  hostKey: HostKey | undefined;
  /** The first fault since the login; an agent's does not count. */
  fault: SshFault | undefined;
  /** Called for each fault from when it is set. */
  onFault: ((fault: SshFault) => void) | undefined;
}
