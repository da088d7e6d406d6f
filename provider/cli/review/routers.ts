/** The routers that a stack's preview is about, each with what changes on it, its site and what was said of it. Pure. */
import { routerName } from "../../ssh/settings.ts";
import { byText } from "./by-text.ts";
import { siteOf } from "./declared.ts";
import type { Preview, RouterSaid, Said, Step } from "./preview.ts";
import { text } from "./props.ts";
import { isOfRouter } from "./verdict.ts";

/** What a router is called, where the name of the stack does not tell it. */
export interface RouterLabel {
  /** Names of the components that declare it; none where the program has resources of its own only. */
  readonly components: readonly string[];
  /** `192.0.2.1`, or `192.0.2.1:2222` */
  readonly address: string;
}

export interface RouterPart {
  readonly preview: Preview;
  /** undefined: it is the one router of the stack, or no router at all. */
  readonly router?: RouterLabel;
  /** What belongs to no single router of the stack. */
  readonly isRest?: true;
}

/** One part where one router is all that the preview speaks of, and it is the one of `multiwan:router`. */
export function routersOf(preview: Preview): RouterPart[] {
  const groups = grouped(preview);
  const own = nameOf(preview.router);
  if (groups.length === 0 || (groups.length === 1 && [own, ""].includes(groups[0]!.address))) return [{ preview }];
  const ownerOf = (one: Said) => groups.find((group) => isAbout(one, group, groups));
  const parts = groups.map((group): RouterPart => {
    const said = preview.said.filter((one) => ownerOf(one) === group);
    return {
      router: { components: group.components, address: group.address },
      preview: { ...partOf(preview, group, own), said: [...said, ...refusedAside(preview, said)] },
    };
  });
  const said = preview.said.filter((one) => ownerOf(one) === undefined);
  if (said.length + preview.others.length === 0) return parts;
  const rest = { ...preview, ...{ steps: [], same: 1, site: undefined, said, was: NOWHERE, settings: [] } };
  return [...parts, { preview: rest, isRest: true }];
}

interface Group {
  readonly address: string;
  readonly steps: readonly Step[];
  readonly components: readonly string[];
}

const NOWHERE = { devices: new Map<string, string>() };

/** By the router that their lines are on, sorted. */
function grouped({ steps, said, settings = [] }: Preview): Group[] {
  const of = addressesOf(steps);
  const set = settings.map(({ address }) => address);
  const quiet = said.flatMap((one) => {
    const [address = ""] = isOfRouter(one.text) ? one.text.split(": ", 1) : [];
    return address === "" ? [] : [address];
  });
  return [...new Set([...steps.map(of), ...quiet, ...set])].toSorted(byText).map((address) => {
    const own = steps.filter((step) => of(step) === address);
    const components = [...new Set(own.flatMap(({ component }) => component ?? []))].toSorted(byText);
    return { address, steps: own, components };
  });
}

/** One whose address is not known has that of its component; what goes from a router that is called otherwise now is on the same. */
function addressesOf(steps: readonly Step[]): (step: Step) => string {
  const now = ({ after, before }: Step) => text(after, "router") || text(before, "router");
  const key = (component: string | undefined, address: string) => JSON.stringify([component, address]);
  const inComponent = steps.filter(({ component, after }) => component !== undefined && text(after, "router") !== "");
  const known = new Map(
    inComponent.flatMap(({ component, before, after }) => {
      const address = text(after, "router");
      return ["", text(before, "router")].map((was) => [key(component, was), address] as const);
    }),
  );
  return (step) => {
    const address = now(step);
    return text(step.after, "router") === "" ? (known.get(key(step.component, address)) ?? address) : address;
  };
}

const nameOf = ({ host, port = 22 }: RouterSaid) => (host === undefined ? undefined : routerName({ host, port }));

/** By the name of the router in front of it, or by the resource; one that does not change has its component's name in front. */
function isAbout({ text: said, about }: Said, { address, steps, components }: Group, all: readonly Group[]): boolean {
  const named = all.find((one) => one.address !== "" && said.startsWith(`${one.address}: `));
  if (named) return named.address === address;
  const resource = about ?? /^\w+ (\S+) has drifted:\n/.exec(said)?.[1];
  if (resource === undefined) return false;
  const owner = all.find((one) => one.steps.some(({ name }) => name === resource));
  if (owner) return owner.address === address;
  return steps.length > 0 && components.some((one) => resource === one || resource.startsWith(`${one}-`));
}

function partOf(preview: Preview, { address, steps, components }: Group, own: string | undefined): Preview {
  const { components: changed = [], routers = [], sites = [] } = preview;
  const isOwn = address === own;
  const settings = isOwn ? preview.router : routers.find((one) => nameOf(one) === address);
  const isWhole = (op: string) =>
    steps.every((step) => changed.some((one) => one.op === op && one.name === step.component));
  return {
    ...preview,
    steps,
    same: steps.length > 0 && (isWhole("create") || isWhole("delete")) ? 0 : preview.same,
    others: [],
    site: siteOf(sites, steps, components),
    router: settings ?? { host: address.replace(/^\[|\]?(:\d+)?$/g, ""), paths: [], isUnknown: true },
    was: NOWHERE,
    settings: (preview.settings ?? []).filter((one) => one.address === address),
  };
}

/** The engine applies a stack as a whole. */
function refusedAside({ said: all }: Preview, said: readonly Said[]): Said[] {
  const isRefused = (some: readonly Said[]) => some.some(({ severity }) => severity === "error");
  return isRefused(all) && !isRefused(said)
    ? [{ severity: "error", text: "the preview of this stack ended with an error, and not because of this router" }]
    : [];
}
