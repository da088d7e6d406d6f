/** By which link new connections from inside leave: the main default, and the switch of single servers. Pure. */
import type { Names } from "./names.ts";
import type { Preview, Props, Step } from "./preview.ts";
import { text, texts } from "./props.ts";
import { say, type Words } from "./words.ts";

/** `from` undefined: the main table was left alone; `to` undefined: it is left alone from now on. */
export interface DefaultMove {
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** The router has, or had, this very route by itself: no line moves. */
  readonly found: boolean;
  /** Routes of others that this default takes the place of, or that come back. */
  readonly inPlaceOf: readonly string[];
}

export interface SwitchMove {
  /** Name of the server, or its address. */
  readonly server: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** The default stays on its link, and leaves that by another gateway. */
export interface GatewayMove {
  readonly link: string;
  readonly from: string;
  readonly to: string;
}

export function gatewayMove(steps: readonly Step[], names: Names): GatewayMove | undefined {
  const step = steps.find(
    ({ kind, op, before, after }) =>
      kind === "DefaultRoute" &&
      op === "update" &&
      names.linkOf(text(before, "device")) === names.linkOf(text(after, "device")) &&
      text(before, "gateway") !== text(after, "gateway"),
  );
  if (!step) return undefined;
  const gateway = (props: Props) => text(props, "gateway") || "none";
  return { link: names.linkOf(text(step.after, "device")), from: gateway(step.before), to: gateway(step.after) };
}

/** undefined: it stays where it is. */
export function defaultMove({ steps, was }: Preview, names: Names): DefaultMove | undefined {
  const moves = steps
    .filter(({ kind }) => kind === "DefaultRoute")
    .flatMap((step) => defaultOf(step, names, was.default));
  return moves[0];
}

function defaultOf({ op, before, after }: Step, names: Names, formerly: string | undefined): DefaultMove[] {
  const link = (props: Props) => (text(props, "device") === "" ? undefined : names.linkOf(text(props, "device")));
  const inPlaceOf = [...new Set([before, after].flatMap((props) => texts(props, "replaces")))];
  const [from, to] = [
    op === "create" ? undefined : (link(before) ?? formerly),
    op === "delete" ? undefined : link(after),
  ];
  // A route that was adopted once is not there any more while another link has the default: an update moves it like any other.
  const whole = op === "create" ? after : op === "delete" ? before : undefined;
  const found = whole !== undefined && texts(whole, "adopts").includes(text(whole, "config"));
  return from === to ? [] : [{ from, to, inPlaceOf, found }];
}

export function switchMoves(steps: readonly Step[], names: Names): SwitchMove[] {
  return steps
    .filter(({ kind }) => kind === "SourceRule")
    .flatMap(({ op, before, after }) => {
      const source = text(after, "source") || text(before, "source");
      const link = (props: Props) =>
        text(props, "tableName") || (text(props, "table") && `table ${text(props, "table")}`) || undefined;
      const [from, to] = [op === "create" ? undefined : link(before), op === "delete" ? undefined : link(after)];
      return from === to ? [] : [{ server: names.serverAt(source) ?? source, from, to }];
    });
}

export function sayDefault({ from, to, inPlaceOf, found }: DefaultMove): Words {
  if (found)
    return to === undefined
      ? say`The default by ${from ?? ""} stays: the router had it before`
      : say`The default is by ${to}, as the router has it already`;
  if (to === undefined)
    return inPlaceOf.length > 0
      ? say`The default by ${from ?? ""} goes; ${inPlaceOf} comes back`
      : say`The default by ${from ?? ""} goes; the main table is left alone`;
  if (from === undefined)
    return inPlaceOf.length > 0
      ? say`The default is by ${to}, in the place of ${inPlaceOf}, which comes back when the stack is destroyed`
      : say`The default is by ${to}`;
  return say`The default moves from ${from} to ${to}`;
}

export function saySwitch({ server, from, to }: SwitchMove): Words {
  if (to === undefined)
    return say`${server}: its own new connections leave by the default again, no longer by ${from ?? ""}`;
  return from === undefined
    ? say`${server}: its own new connections leave by ${to}, whatever the default is`
    : say`${server}: its own new connections leave by ${to} instead of ${from}`;
}
