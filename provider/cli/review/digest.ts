/** The text that `pulumi preview --json` prints, read. Pure. */
import { z } from "zod";
import { isKindName, KINDS, type KindName } from "../../kinds/index.ts";
import { checkSite } from "../../site/check.ts";
import type { Site } from "../../site/schema.ts";
import { readJson } from "../../ssh/settings.ts";
import { DYNAMIC_PROVIDER, kindOfType, parseUrn, type Urn } from "../stack/names.ts";
import { byText } from "./by-text.ts";
import type { Preview, Props, RouterSaid, Said, Step } from "./preview.ts";

const state = z.looseObject({
  inputs: z.record(z.string(), z.unknown()).nullish(),
  outputs: z.record(z.string(), z.unknown()).nullish(),
  parent: z.string().nullish(),
});
const digest = z.looseObject({
  config: z.record(z.string(), z.unknown()).nullish(),
  steps: z
    .array(z.looseObject({ op: z.string(), urn: z.string(), oldState: state.nullish(), newState: state.nullish() }))
    .nullish(),
  diagnostics: z
    .array(z.looseObject({ urn: z.string().optional(), message: z.string().optional(), severity: z.string() }))
    .nullish(),
  changeSummary: z.record(z.string(), z.number()).nullish(),
});
type Digest = z.output<typeof digest>;
type RawStep = NonNullable<Digest["steps"]>[number] & Urn;

/** @returns a sentence where the text is no such preview */
export function parsePreview(text: string): Preview | { readonly fault: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: STREAM.test(text) ? STREAMED : `is not what pulumi preview --json prints` };
  }
  const parsed = digest.safeParse(value);
  const known =
    typeof value === "object" &&
    value !== null &&
    ("steps" in value || "diagnostics" in value || "changeSummary" in value);
  if (!parsed.success || !known) return { fault: "is JSON, but not what pulumi preview --json prints" };
  return previewOf(parsed.data);
}

const STREAM = /^\s*\{[^\n]*\}\n\s*\{/;
const STREAMED = "is a stream of events: unset PULUMI_ENABLE_STREAMING_JSON_PREVIEW";

function previewOf({ config, steps, diagnostics, changeSummary }: Digest): Preview {
  const all = (steps ?? []).map((step) => ({ ...step, ...parseUrn(step.urn) }));
  const stack = all.find(({ type }) => type === "pulumi:pulumi:Stack");
  const { project, stack: name } = all[0] ?? {};
  const changed = all.filter(({ op }) => !["same", "read", "refresh"].includes(op));
  const mine = changed.flatMap((step) => stepOf(step) ?? []);
  const others = changed.filter(({ type }) => kindOf(type) === undefined && !COMPONENTS.has(type));
  const rest = all.filter(({ op, type }) => op === "same" && COMPONENTS.has(type)).length;
  return {
    ...{ project, stack: name, steps: merged(mine) },
    same: Math.max(0, (changeSummary?.same ?? 0) - rest),
    others: others.map(({ op, name: other }) => ({ op, name: other })).toSorted((a, b) => byText(a.name, b.name)),
    said: (diagnostics ?? [])
      .flatMap(saidOf)
      .toSorted((a, b) => byText(keyOf(a), keyOf(b)))
      .filter((one, i, list) => i === 0 || keyOf(one) !== keyOf(list[i - 1]!)),
    site: siteOf(config?.["multiwan:site"]),
    router: routerOf(config?.["multiwan:router"]),
    was: wasOf(stack?.oldState?.outputs),
    components: changed
      .filter(({ type }) => type === COMPONENT)
      .map(({ op, name: component }) => ({ op, name: component }))
      .toSorted((a, b) => byText(a.name, b.name)),
    routers: changed
      .filter(({ type }) => type === DYNAMIC_PROVIDER)
      .map(({ newState, oldState }) => routerOf((newState ?? oldState)?.inputs?.["multiwan:router"])),
    sites: sitesOf(config ?? {}),
  };
}

const COMPONENT = "multiwan:index:MultiWan";

/** Containers of resources: they have no lines. */
const COMPONENTS = new Set(["pulumi:pulumi:Stack", COMPONENT, DYNAMIC_PROVIDER, "multiwan:index:Router"]);

function kindOf(type: string): KindName | undefined {
  const name = kindOfType(type);
  return name !== undefined && isKindName(name) ? name : undefined;
}

function stepOf({ op, type, name, oldState, newState }: RawStep): Step | undefined {
  const kind = kindOf(type);
  const known = ({ create: "create", update: "update", delete: "delete" } as const)[op as "create"] ?? "replace";
  if (kind === undefined) return undefined;
  const above = parseUrn(newState?.parent ?? oldState?.parent ?? "");
  return {
    ...{ op: known, kind, name },
    before: { ...oldState?.inputs, ...oldState?.outputs },
    after: { ...newState?.inputs },
    ...(above.type === COMPONENT && { component: above.name }),
  };
}

/** Of a replacement Pulumi tells the new one, the old one and both. */
function merged(steps: readonly Step[]): Step[] {
  const order = Object.keys(KINDS);
  return [...Map.groupBy(steps, ({ kind, name }) => `${kind} ${name}`).values()]
    .map((same) => ({
      ...same[0]!,
      before: Object.assign({}, ...same.map(({ before }) => before)) as Props,
      after: Object.assign({}, ...same.map(({ after }) => after)) as Props,
    }))
    .toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || byText(a.name, b.name));
}

function saidOf({ message = "", severity, urn = "" }: NonNullable<Digest["diagnostics"]>[number]): Said[] {
  const text = message.replace(/^(?:warning|error|info): /, "").trimEnd();
  if (text === "") return [];
  const { name } = parseUrn(urn);
  const about = name === "" ? {} : { about: name };
  if (severity === "error" || severity === "info#err")
    return [
      {
        severity: "error",
        text: text.replace(/^pulumi-nodejs:dynamic\/multiwan:\w+ resource '[^']*' has a problem: /, ""),
        ...about,
      },
    ];
  return [{ severity: severity === "warning" ? "warning" : "info", text, ...about }];
}

const keyOf = ({ severity, text }: Said) => `${severity} ${text}`;

/** What the CLI prints in the place of a secret. */
export const SECRET = "[secret]";

function siteOf(value: unknown): Site | undefined {
  const checked = checkSite(parsedText(value));
  return "site" in checked ? checked.site : undefined;
}

/** Each value that is a site, and each member of a value that is one. */
function sitesOf(config: Props): Site[] {
  return Object.entries(config)
    .toSorted(([a], [b]) => byText(a, b))
    .flatMap(([, value]) => {
      const whole = siteOf(value);
      return whole ? [whole] : Object.values(Object(parsedText(value)) as Props).flatMap((one) => siteOf(one) ?? []);
    });
}

function routerOf(value: unknown): RouterSaid {
  const router = Object(parsedText(value)) as Record<string, unknown> & { probe?: { paths?: unknown } };
  const paths = router.probe?.paths;
  const seconds = Number(router.confirmTimeout);
  return {
    ...(typeof router.host === "string" && router.host !== SECRET && { host: router.host }),
    ...(typeof router.port === "number" && { port: router.port }),
    ...(router.confirmTimeout !== undefined && Number.isFinite(seconds) && { confirmTimeout: seconds }),
    paths: Array.isArray(paths) ? paths.filter((path) => typeof path === "string" && path !== SECRET) : [],
  };
}

/** Config comes as JSON text. */
function parsedText(value: unknown): unknown {
  return typeof value === "string" ? readJson(value) : value;
}

function wasOf(outputs: Props | null | undefined): Preview["was"] {
  const links = Object.entries(Object(outputs?.links) as Record<string, unknown>);
  return {
    ...(typeof outputs?.default === "string" && outputs.default !== "unmanaged" && { default: outputs.default }),
    devices: new Map(
      links.flatMap(([name, link]) => {
        const device = (Object(link) as { device?: unknown }).device;
        return typeof device === "string" ? [[device, name] as const] : [];
      }),
    ),
  };
}
