import { AUDIT_SHELL } from "../ssh/audit-shell.ts";
import { OBSERVER } from "./observer.ts";

/** Scripts that an operator may install on a router by hand, by the name that they have there. Nothing else installs them. */
export const ROUTER_SCRIPTS: Readonly<Record<string, string>> = {
  "multiwan-shell": AUDIT_SHELL,
  "multiwan-observe": OBSERVER,
};
