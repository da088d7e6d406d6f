/** Changes of a site that alternate, so that any number of them can follow each other. None touches the two steady doors. */
import type { Site } from "../../drive/index.ts";
import { WANS } from "../../lab/index.ts";

export interface Change {
  readonly name: string;
  readonly of: (site: Site) => Site;
}

type Links = Readonly<Record<string, Record<string, unknown>>>;
type Door = { readonly link: string; readonly address: string };

const link = (site: Site, name: string, values: object): Site => {
  const links = site.links as Links;
  return { ...site, links: { ...links, [name]: { ...links[name], ...values } } };
};

const publish = (site: Site, change: (doors: readonly Door[]) => readonly object[]): Site => ({
  ...site,
  publish: change(site.publish as readonly Door[]),
});

export const THIRD_LINK = { id: 3, device: WANS.isp3.device, gateway: WANS.isp3.gateway, address: "198.18.3.10" };
/** Comes and goes, so that a refusal while it is away is right. */
export const MOVING_DOOR = { link: "wan_two", address: "216.111.1.12", server: "server3", tcp: [80] };
const THIRD_DOOR = { link: "wan_three", address: "198.18.3.11", server: "server1", tcp: [1494] };

const default_ = (name: string): Change => ({
  name: `the default to ${name}`,
  of: (site) => ({ ...site, default: name }),
});
const mark = (name: string, value: number): Change => ({
  name: `mark ${value} for ${name}`,
  of: (site) => link(site, name, { mark: value }),
});
const table = (name: string, value: number): Change => ({
  name: `table ${value} for ${name}`,
  of: (site) => link(site, name, { table: value }),
});
const alias = (address: string | undefined): Change => ({
  name: address === undefined ? "an alias less on wan_one" : "an alias more on wan_one",
  of: (site) => link(site, "wan_one", { aliases: address === undefined ? [] : [address] }),
});
const marking = (value: string): Change => ({ name: `marking ${value}`, of: (site) => ({ ...site, marking: value }) });

export const door = (site: Site): Site =>
  publish(site, (doors) => [...doors.filter((d) => d.address !== MOVING_DOOR.address), MOVING_DOOR]);
const withoutDoor = (site: Site): Site => publish(site, (doors) => doors.filter((d) => d !== MOVING_DOOR));

export const withThirdLink = (site: Site): Site => {
  const more = publish(site, (doors) => [...doors, THIRD_DOOR]);
  return { ...more, links: { ...(more.links as Links), wan_three: THIRD_LINK } };
};
const withoutThirdLink = (site: Site): Site => {
  const { wan_three: _, ...links } = site.links as Links;
  return { ...publish(site, (doors) => doors.filter((d) => d.link !== "wan_three")), links };
};

/** Each kind of change and its way back; `reply-only` belongs to `marking`. */
export const CHANGES: readonly Change[] = [
  mark("wan_one", 17),
  { name: "a door more", of: door },
  default_("wan_two"),
  table("wan_two", 22),
  { name: "a third link", of: withThirdLink },
  alias("123.234.1.20"),
  mark("wan_two", 18),
  { name: "a door less", of: withoutDoor },
  default_("wan_one"),
  table("wan_one", 21),
  { name: "no third link", of: withoutThirdLink },
  mark("wan_one", 1),
  alias(undefined),
  { name: "a door more", of: door },
  table("wan_two", 2),
  default_("wan_two"),
  mark("wan_two", 2),
  { name: "a door less", of: withoutDoor },
  table("wan_one", 1),
  default_("wan_one"),
];

/** So many of them make each kind of change at least once. */
export const ONCE = CHANGES.findIndex(({ name }) => name === "no third link") + 1;

export const MARKINGS: readonly Change[] = [marking("reply-only"), marking("every-packet")];
