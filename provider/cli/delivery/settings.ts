/** Settings of a stack's routers, as far as they are told and compared: all but those of the login, which each job has its own of. Pure. */
import { isDeepStrictEqual } from "node:util";
import { readJson } from "../../ssh/settings.ts";
import { byText } from "../review/by-text.ts";
import { isDynamicProvider, isSecret, ROUTER, type SavedPlan } from "./saved-plan.ts";
import type { AllSettings, SettingChange, Settings } from "./told-settings.ts";

/** Who logs in, and how: a key that may only look previews for one that may change. */
const LOGIN = ["user", "password", "privateKey", "privateKeyFile", "privateKeyPassword", "agentSocketPath", "readOnly"];

/** @param value of `multiwan:router`, as plans and states hold it. @returns undefined where it is none, or not known yet */
export function settingsOf(value: unknown): Settings | undefined {
  if (isSecret(value)) return "secret";
  const given = typeof value === "string" ? readJson(value) : value;
  if (typeof given !== "object" || given === null) return undefined;
  if (Object.values(given).some(isSecret)) return "secret";
  const { probe, ...others } = given as Record<string, unknown>;
  const ways = Object.entries(Object(probe) as object).map(([key, one]) => [`probe.${key}`, one]);
  return Object.fromEntries([...Object.entries(others), ...ways].filter(([key]) => !LOGIN.includes(key)));
}

/** What a plan as Pulumi saves it is made with. */
export function plannedSettings({ resourcePlans }: SavedPlan): AllSettings {
  return collected(
    Object.entries(resourcePlans).map(([urn, { state }]) => [urn, Object(state) as Record<string, unknown>]),
  );
}

/** @param resources with what stands in `inputs` */
export function collected(resources: readonly (readonly [urn: string, inputs: Readonly<Record<string, unknown>>])[]) {
  return Object.fromEntries(
    resources
      .filter(([urn]) => isDynamicProvider(urn))
      .flatMap(([urn, inputs]) => {
        const settings = settingsOf(inputs[ROUTER]);
        return settings === undefined ? [] : [[urn, settings] as const];
      }),
  );
}

/** By their names. Secrets are encrypted anew each time: of those nothing is told. */
export function settingChanges(was: Settings | undefined, is: Settings | undefined): readonly SettingChange[] {
  if (was === undefined || is === undefined || was === "secret" || is === "secret") return [];
  const text = (value: unknown) => (value === undefined ? undefined : JSON.stringify(value));
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((key) => !isDeepStrictEqual(was[key], is[key]))
    .toSorted(byText)
    .map((key) => ({ key, was: text(was[key]), is: text(is[key]) }));
}

/** Of one router after the other. */
export function allChanges(
  was: AllSettings,
  is: AllSettings,
): readonly { urn: string; changes: readonly SettingChange[] }[] {
  return Object.keys(is)
    .toSorted(byText)
    .map((urn) => ({ urn, changes: settingChanges(was[urn], is[urn]) }))
    .filter(({ changes }) => changes.length > 0);
}
