import { formatLine } from "../dialects/fragment.ts";
import { lineSlot } from "../dialects/line-key.ts";
import { type Fragment, isMainDefault, type Line, type RouteLine, type SysctlLine } from "../model/line.ts";
import { parseOwner } from "../model/owner.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { deviceSysctl } from "../model/sysctl-key.ts";
import type { Issue } from "./kind.ts";

interface Links {
  readonly links: readonly { readonly device: string; readonly link?: string | undefined }[];
  readonly marking: "every-packet" | "reply-only";
}

/**
 * Links whose strict reverse path filter nobody loosens: what comes in by one of them is dropped while the default leads by
 * another, also of connections that were open before (fib_validate_source). The link of the default is its own way back.
 * @param claims lines of the program, by owner: before all links are known it is not known who loosens what
 */
export function refuseStrictLinks(
  { links, marking }: Links,
  { sysctls, routes }: Pick<Snapshot, "sysctls" | "routes">,
  claims: ReadonlyMap<string, Fragment> = new Map(),
): Issue[] {
  const known = [...claims.keys()].filter((owner) => parseOwner(owner).kind === "WanLink").length;
  if (links.length < 2 || known < links.length) return [];
  const lines = [...claims.values()].flat();
  const settings = lines.filter((line): line is SysctlLine => line.kind === "sysctl");
  const way = defaultOf(routes, lines);
  if (!way) return [];
  const willBe = new Map([...sysctls, ...settings.map(({ key, value }) => [key, value] as const)]);
  const value = (of: string, name: string) => Number(willBe.get(deviceSysctl(of, name)) ?? 0);
  const highest = (device: string, name: string) => Math.max(value("all", name), value(device, name));
  return links.flatMap(({ device, link }, i): Issue[] => {
    if (highest(device, "rp_filter") !== 1 || leadsBy(way, device)) return [];
    const looks = highest(device, "src_valid_mark") !== 0;
    if (looks && marking === "every-packet") return [];
    const why = looks ? "with reply-only marking packets from outside carry no mark" : "it does not look at marks";
    return [
      {
        path: ["links", link ?? i, "device"],
        message: `the reverse path filter of ${device} is strict (all ${value("all", "rp_filter")}, ${device} ${value(device, "rp_filter")}), and ${why}: what comes in by ${device} would be dropped, for "${formatLine(way)[0]}" leads elsewhere; set reversePath: loose for the link, or sysctl -w ${deviceSysctl(device, "rp_filter")}=2`,
      },
    ];
  });
}

/** The default that unmarked packets go by, as it is with the declared lines. */
function defaultOf(routes: readonly RouteLine[], lines: readonly Line[]): RouteLine | undefined {
  const declared = lines.filter(isMainDefault);
  const places = new Set(declared.map(lineSlot));
  const all = [...declared, ...routes.filter((route) => isMainDefault(route) && !places.has(lineSlot(route)))];
  return all.toSorted((a, b) => a.metric - b.metric)[0];
}

/** Also as one of several next hops. */
const leadsBy = ({ device, rest = "" }: RouteLine, link: string) =>
  device === link || ` ${rest} `.includes(` dev ${link} `);
