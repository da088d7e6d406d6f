/** The address by which the operator's session came in: without it the session ends, and nobody confirms. Pure. */
import type { Fragment, Line } from "../model/line.ts";
import type { Plan } from "./plan.ts";
import type { Owned } from "./settlement.ts";

/** The line that a plan takes away although the session needs it. */
export function cutBy(plan: Plan, server: string | undefined): (Owned & { readonly line: AddressLine }) | undefined {
  const stays = plan.wanted.some(({ line }) => line.kind === "address" && line.address === server);
  if (stays) return undefined;
  return plan.unwanted
    .filter((owned): owned is Owned & { line: AddressLine } => owned.line.kind === "address")
    .find(({ line }) => line.address === server);
}

type AddressLine = Extract<Line, { kind: "address" }>;

/** What a preview says of it: another resource may take the address over, so that only the update refuses. */
export function leavingAddress(had: Fragment, desired: Fragment, server: string | undefined): string[] {
  const isIt = (line: Line) => line.kind === "address" && line.address === server;
  return had.some(isIt) && !desired.some(isIt)
    ? [
        `${server} is the address by which this session came in: up refuses to remove it, since nobody could confirm the change`,
      ]
    : [];
}
