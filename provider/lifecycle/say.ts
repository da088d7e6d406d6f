/** What is said beside the resources, on the lines above them. */
import * as pulumi from "@pulumi/pulumi";
import { escapedLines } from "../router/printable.ts";
import { warned } from "./process.ts";

/** About the router, not about one resource: once per process. */
export function warn(message: string): void {
  if (warned.has(message)) return;
  warned.add(message);
  say("warn", message);
}

export function say(severity: "warn" | "info", message: string): void {
  void pulumi.log[severity](escapedLines(message));
}
