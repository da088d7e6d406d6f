/**
 * The file that `pulumi preview --save-plan` writes, as far as it is read here (apitype.DeploymentPlanV1 of the Pulumi CLI). Pure.
 *
 * The engine holds an `up --plan` to each resource's `goal.inputDiff` and `steps`; `config` and each resource's `state` are not looked at.
 */
import { z } from "zod";
import { readJson } from "../../ssh/settings.ts";
import { CommandError, EXIT } from "../exit.ts";
import { DYNAMIC_PROVIDER, kindOfType, parseUrn, type Urn } from "../stack/names.ts";
import type { AllSettings } from "./told-settings.ts";

export interface InputDiff {
  readonly adds?: Readonly<Record<string, unknown>>;
  readonly updates?: Readonly<Record<string, unknown>>;
  readonly deletes?: readonly string[];
}

export interface ResourcePlan {
  /** Absent for a resource that is to be deleted. */
  readonly goal?: Readonly<Record<string, unknown>> & { readonly inputDiff?: InputDiff };
  readonly steps?: readonly string[];
  readonly state?: unknown;
}

export interface SavedPlan {
  readonly manifest?: { readonly time?: string };
  readonly config?: unknown;
  readonly resourcePlans: Readonly<Record<string, ResourcePlan>>;
  /** Put there by `packed`. The engine skips keys that it does not know. */
  readonly multiwan?: Packed;
}

/** What `packed` adds. */
export interface Packed {
  readonly format: 1;
  /** Digest of the inputs that the state held at the review, by URN: see state.ts. */
  readonly state: Readonly<Record<string, string>>;
  /** Drift that it told, as the last run had mended it: see withDrift in state.ts. */
  readonly drifts?: Readonly<Record<string, readonly string[]>>;
  /** Settings of the routers at the review, and those of the last run: see settings.ts. None in plans of older versions. */
  readonly settings?: { readonly is: AllSettings; readonly was: AllSettings };
}

/** Marks of a value in plans and states: sdk/go/common/resource/properties.go and sig.go. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export const ROUTER = "multiwan:router";

const lines = z.array(z.string());
const values = z.record(z.string(), z.unknown());
const resourcePlan = z.looseObject({
  goal: z
    .looseObject({
      inputDiff: z
        .looseObject({ adds: values.optional(), updates: values.optional(), deletes: lines.optional() })
        .optional(),
    })
    .optional(),
  steps: lines.optional(),
});
const FORMAT = 1;
const settings = z.record(z.string(), z.union([z.literal("secret"), z.record(z.string(), z.unknown())]));
const savedPlan = z.looseObject({
  resourcePlans: z
    .record(z.string().regex(/^urn:pulumi:[^:]+::[^:]+::.+::.+/), resourcePlan)
    .refine((parts) => Object.keys(parts).length > 0),
  multiwan: z
    .looseObject({
      format: z.literal(FORMAT),
      state: z.record(z.string(), z.string()),
      drifts: z.record(z.string(), lines).optional(),
      settings: z.object({ is: settings, was: settings }).optional(),
    })
    .optional(),
});

/** @throws {CommandError} it is no plan, or one of another version */
export function parsePlan(text: string, file: string): SavedPlan {
  const plan = readJson(text);
  const { format } = Object(Object(plan).multiwan) as { format?: unknown };
  if (typeof format === "number" && format !== FORMAT)
    throw new CommandError(
      EXIT.usage,
      `${file} is a plan of another version of multiwan: preview again, and have the new plan reviewed`,
    );
  if (!savedPlan.safeParse(plan).success)
    throw new CommandError(EXIT.usage, `${file} is no plan: make it with pulumi preview --save-plan ${file}`);
  return plan as SavedPlan;
}

/** `FwmarkRule site-wan_one-rule`. */
export function resourceName(urn: string): string {
  const { type, name } = parseUrn(urn);
  return `${type.slice(type.lastIndexOf(":") + 1)} ${name}`;
}

export function isProvider(urn: string): boolean {
  return parseUrn(urn).type.startsWith("pulumi:providers:");
}

/** That of dynamic resources: the router's settings are its inputs, and with them whatever else the stack file says. */
export function isDynamicProvider(urn: string): boolean {
  return parseUrn(urn).type === DYNAMIC_PROVIDER;
}

/** A resource of this package: what `pulumi-nodejs` runs under the package's own types. */
export function isManaged(urn: string): boolean {
  return kindOfType(parseUrn(urn).type) !== undefined;
}

/** The stack that it is of. */
export function stackOfPlan({ resourcePlans }: SavedPlan): Pick<Urn, "stack" | "project"> {
  return parseUrn(Object.keys(resourcePlans)[0]!);
}

/**
 * The plan as it may be handed on: without the stack's config and the planned states, and with the settings of the router's provider
 * unknown. The engine takes any value for one that is unknown, so that the plan of a key that may only read holds for the key that may change.
 * What is secret elsewhere stays as it is, encrypted by the stack's own secrets provider.
 * @throws {CommandError} it holds secrets in clear
 */
export function packed(
  { manifest, resourcePlans }: SavedPlan,
  state: Packed["state"],
  drifts: NonNullable<Packed["drifts"]> = {},
  settings?: Packed["settings"],
): SavedPlan {
  if (holdsPlaintext(resourcePlans))
    throw new CommandError(
      EXIT.usage,
      "the plan holds secrets in clear: make it again without --show-secrets, and delete this one",
    );
  return {
    ...(manifest && { manifest }),
    resourcePlans: Object.fromEntries(Object.entries(resourcePlans).map(handedOn)),
    multiwan: { format: 1, state, ...(Object.keys(drifts).length > 0 && { drifts }), ...(settings && { settings }) },
  };
}

/**
 * What the engine is given: the reviewed resources, with the settings as the preview of `now` has found them. Which of them there are is no
 * part of what was reviewed, and the engine would refuse a plan that does not say so.
 */
export function withSettingsOf(now: SavedPlan, reviewed: SavedPlan): SavedPlan {
  const parts = [
    ...Object.entries(reviewed.resourcePlans).filter(([urn]) => !isDynamicProvider(urn)),
    ...Object.entries(now.resourcePlans)
      .filter(([urn]) => isDynamicProvider(urn))
      .map(handedOn),
  ];
  return { ...reviewed, resourcePlans: Object.fromEntries(parts) };
}

function handedOn([urn, { state: _, ...plan }]: [string, ResourcePlan]): [string, ResourcePlan] {
  return [urn, isDynamicProvider(urn) ? withoutSettings(plan) : plan];
}

/** Pulumi gives a provider of dynamic resources the whole config of the stack, of every namespace. What follows from it is held in the resources. */
function withoutSettings(plan: ResourcePlan): ResourcePlan {
  const { goal, steps = [] } = plan;
  if (goal === undefined) return plan;
  const { adds, updates, deletes = [] } = goal.inputDiff ?? {};
  const router = { [ROUTER]: UNKNOWN };
  const inputDiff: InputDiff =
    adds?.[ROUTER] === undefined
      ? {
          ...(adds && { adds: unknown(adds) }),
          updates: { ...unknown(updates), ...router },
          deletes: deletes.filter((key) => key !== ROUTER),
        }
      : { adds: unknown(adds), ...(updates && { updates: unknown(updates) }), deletes };
  // Other settings are an update; the engine takes an unchanged one for it as well.
  return { ...plan, goal: { ...goal, inputDiff }, steps: steps.map((step) => (step === "same" ? "update" : step)) };
}

function unknown(values: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return Object.fromEntries(Object.keys(values).map((key) => [key, UNKNOWN]));
}

/** A value that the stack's secrets provider has encrypted, or would. */
export function isSecret(value: unknown): value is object {
  return typeof value === "object" && value !== null && SIGNATURE in value;
}

function holdsPlaintext(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (isSecret(value) && "plaintext" in value) return true;
  return Object.values(value).some(holdsPlaintext);
}
