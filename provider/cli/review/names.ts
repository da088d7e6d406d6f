/** What the numbers of resources are called by people: a device's link, an address's server. Pure. */
import { siteLink } from "../../diagram/site-graph.ts";
import type { Preview } from "./preview.ts";
import { text, texts } from "./props.ts";

export interface Names {
  /** The link of a device; the device where none is known. */
  linkOf(device: string): string;
  /** The link of an external address, and the name of a server; undefined where nobody says. */
  linkAt(address: string): string | undefined;
  serverAt(address: string): string | undefined;
}

export function namesOf({ site, steps, was }: Preview): Names {
  const links = steps.filter(({ kind }) => kind === "WanLink").flatMap(({ before, after }) => [before, after]);
  const devices = new Map([
    ...was.devices,
    ...links.flatMap((props) => (text(props, "device") ? [[text(props, "device"), text(props, "link")] as const] : [])),
    ...Object.entries(site?.links ?? {}).map(([name, { device }]) => [device, name] as const),
  ]);
  const addresses = new Map(
    links.flatMap((props) => texts(props, "addresses").map((address) => [address, text(props, "link")])),
  );
  const servers = new Map(Object.entries(site?.servers ?? {}).map(([name, { address }]) => [address, name]));
  return {
    linkOf: (device) => devices.get(device) ?? device,
    linkAt: (address) => (site && siteLink(site, address)) ?? addresses.get(address),
    serverAt: (address) => servers.get(address),
  };
}
