/** A way of having a multi-WAN router: one of those that are held against each other. */
import type { Lab } from "../../lab/index.ts";
import type { Job } from "./site.ts";

export interface Way {
  /** As the table's column. */
  readonly name: string;
  /** Why it cannot be played on this machine, undefined where it can. */
  obstacle(): string | undefined;
  /** Makes what it needs on the operator's host; nothing on the router. */
  start(lab: Lab, line: Address): Promise<Hand>;
}

/** Where the router's sshd is for the operator: itself, or the near end of a slow line. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Hand extends AsyncDisposable {
  /** Does a job as its user would; throws with what was printed when it failed. */
  do(job: Job): Promise<void>;
}
