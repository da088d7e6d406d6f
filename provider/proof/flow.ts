import type { FlowKind } from "./claim.ts";
import type { Connection } from "./connection.ts";

/** A connection that a site is there for. */
export interface Flow {
  readonly kind: FlowKind;
  readonly link: string | undefined;
  readonly name: string;
  /** As in a claim, without the case. */
  readonly about: string;
  /** Followed with all links up only: it stands beside one that is followed in every case. */
  readonly aside?: true;
  /** No line of the site is for it: it passes the router as it would without the site. */
  readonly undeclared?: true;
  readonly connection: Connection;
}
