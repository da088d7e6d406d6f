/** What a person wants to see of a site after `pulumi up`: stack outputs. Pure, so a preview shows all of it. */
import { formatMark } from "../model/mark.ts";
import { doorsOf, formatPort } from "./doors.ts";
import { numberedLinks } from "./links.ts";
import type { Site } from "./schema.ts";

export interface LinkSummary {
  readonly device: string;
  readonly gateway: string;
  /** In hex, as `iptables -L` and `ip rule` print it. */
  readonly mark: string;
  readonly table: number;
}

export interface SiteSummary {
  readonly links: Readonly<Record<string, LinkSummary>>;
  /** One text per published service: `tcp 123.234.1.12:25 -> server2 172.16.1.130 (wan_one)`. */
  readonly published: readonly string[];
  /** The link that packets without a mark leave by, or `unmanaged`. */
  readonly default: string;
  /** The servers whose own traffic is switched to a link. */
  readonly via: Readonly<Record<string, string>>;
}

export function summaryOf(site: Site): SiteSummary {
  return {
    links: Object.fromEntries(
      numberedLinks(site).map(({ name, link, mark, table }) => [
        name,
        { device: link.device, gateway: link.gateway, mark: formatMark(mark), table },
      ]),
    ),
    published: site.publish.flatMap((publish) =>
      doorsOf(publish).map(({ protocol, port }) => {
        const inside = typeof port === "object" ? `:${port.to}` : "";
        const server = `${publish.server} ${site.servers[publish.server]!.address}${inside}`;
        return `${protocol} ${publish.address}:${formatPort(port)} -> ${server} (${publish.link})`;
      }),
    ),
    default: site.default ?? "unmanaged",
    via: Object.fromEntries(
      Object.entries(site.servers).flatMap(([name, { via }]) => (via === undefined ? [] : [[name, via]])),
    ),
  };
}
