/** What changes for each published service. Pure. */

import { byText } from "./by-text.ts";
import type { Names } from "./names.ts";
import type { Props, Step } from "./preview.ts";
import { groups, text } from "./props.ts";
import { own, say, type Words } from "./words.ts";

export interface Service {
  /** `tcp 123.234.1.12:25` */
  readonly name: string;
  readonly protocol: string;
  readonly address: string;
  readonly port: string;
  /** Address of the server, with its port where that is another: `172.16.1.130:80`. */
  readonly at: string;
  /** Name of the server; its address where it has none. */
  readonly server: string;
  readonly link: string | undefined;
}

export interface ServiceChange {
  readonly what: "comes" | "goes" | "moves";
  readonly service: Service;
  /** The one that it was, where it moves. */
  readonly was?: Service;
}

export function serviceChanges(steps: readonly Step[], names: Names): ServiceChange[] {
  const maps = steps.filter(({ kind }) => kind === "ServerMap");
  const of = (side: "before" | "after") =>
    new Map(
      maps
        .flatMap((step) => servicesOf(side === "after" && step.op === "delete" ? {} : step[side], names))
        .map((one) => [one.name, one]),
    );
  const [before, after] = [of("before"), of("after")];
  return [...new Set([...before.keys(), ...after.keys()])].toSorted(byText).flatMap((name): ServiceChange[] => {
    const [was, is] = [before.get(name), after.get(name)];
    if (!was) return [{ what: "comes", service: is! }];
    if (!is) return [{ what: "goes", service: was }];
    return was.at === is.at ? [] : [{ what: "moves", service: is, was }];
  });
}

function servicesOf(props: Props, names: Names): Service[] {
  return groups(props, "entries").map((entry) => {
    const [address, server, inside, port] = [
      text(entry, "address"),
      text(entry, "server"),
      text(entry, "serverPort"),
      text(entry, "port"),
    ];
    const protocol = text(entry, "protocol") || "tcp";
    const at = inside === "" || inside === port ? server : `${server}:${inside}`;
    const name = `${protocol} ${address}:${port}`;
    return { name, protocol, address, port, at, server: names.serverAt(server) ?? server, link: names.linkAt(address) };
  });
}

export function sayService({ what, service, was }: ServiceChange): Words {
  const { name, server, at, link } = service;
  const where = server === at ? say`${at}` : say`${server} (${at})`;
  const by = link === undefined ? own("") : say` by ${link}`;
  if (what === "comes") return say`${name}${by} is published: it leads to ${where}`;
  if (what === "goes") return say`${name}${by} is no longer published: it led to ${where}`;
  const from = was!.server === was!.at ? say`${was!.at}` : say`${was!.server} (${was!.at})`;
  return say`${name}${by} leads to ${where} instead of ${from}`;
}
