/** A program of five resources whose Pulumi options, names and presence come from the stack file, for tests of Pulumi's own commands. */
import type { Drive } from "../drive/index.ts";
import { type Program, program } from "../rows/program.ts";

export interface Optioned {
  /** By resource, as in `new FwmarkRule("rule", args, options)`. */
  readonly options?: Readonly<Record<string, object>>;
  /** Arguments that differ, by resource. */
  readonly args?: Readonly<Record<string, object>>;
  readonly without?: readonly string[];
  /** Other names, by resource. */
  readonly names?: Readonly<Record<string, string>>;
  /** Resources of an explicit provider with the same settings. */
  readonly explicit?: readonly string[];
}

export const optioned = (): Program =>
  program(`
import * as pulumi from "@pulumi/pulumi";
import * as multiwan from "pulumi-multiwan";

const config = new pulumi.Config("multiwan");
const { options = {}, args = {}, without = [], names = {}, explicit = [] } = config.requireObject("site");
const router = explicit.length > 0 ? new multiwan.Router("other", config.requireObject("router")) : undefined;
const made = {};
const declare = (kind, name, given, dependsOn = []) => {
  if (without.includes(name)) return;
  const more = { dependsOn: dependsOn.flatMap((other) => made[other] ?? []), ...(explicit.includes(name) && { provider: router }) };
  made[name] = new multiwan[kind](names[name] ?? name, { ...given, ...args[name] }, { ...more, ...options[name] });
};
declare("WanLink", "link", { linkId: 1, link: "wan_one", device: "eth1", gateway: "149.99.251.145", addresses: ["123.234.1.11"] });
declare("RoutingTable", "table", { table: 101, name: "wan_one", device: "eth1", gateway: "149.99.251.145" });
declare("FwmarkRule", "rule", { mark: 1, table: 101, priority: 1024, tableName: "wan_one" }, ["table"]);
declare("ServerMap", "servers", { map: "servers", entries: [{ address: "123.234.1.11", protocol: "tcp", port: 1494, server: "172.16.1.131" }] }, ["link", "rule"]);
declare("DefaultRoute", "main", { device: "eth1", gateway: "149.99.251.145" }, ["link"]);
`);

/** What the program reads. */
export function set(stack: Drive, given: Optioned): void {
  stack.site = { ...given };
}
