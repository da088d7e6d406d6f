/** Plans as `pulumi preview --save-plan` writes them, made small. */
import type { InputDiff, SavedPlan } from "../../provider/cli/delivery/saved-plan.ts";

export const STACK = "urn:pulumi:north::multiwan::pulumi:pulumi:Stack::multiwan-north";
export const PROVIDER = "urn:pulumi:north::multiwan::pulumi:providers:pulumi-nodejs::default";
export const urnOf = (kind: string, name: string) =>
  `urn:pulumi:north::multiwan::multiwan:index:MultiWan$pulumi-nodejs:dynamic/multiwan:${kind}::${name}`;
export const RULE = urnOf("FwmarkRule", "site-wan_one-rule");
export const SERVERS = urnOf("ServerMap", "site-servers");

export const SECRET = {
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  ciphertext: "v1:abc:def",
};
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const resource = (type: string, name: string, inputDiff: InputDiff, steps: readonly string[]) => ({
  goal: { type, name, custom: true, inputDiff, outputDiff: {} },
  steps,
  state: { everything: "planned" },
});

/** A plan that changes the given inputs; a resource without any is unchanged. */
export function planOf(changes: Readonly<Record<string, InputDiff>>, provider: InputDiff = {}): SavedPlan {
  const isChanged = (diff: InputDiff) => Object.keys(diff).length > 0;
  const parts = Object.entries(changes).map(([urn, diff]) => [
    urn,
    resource("pulumi-nodejs:dynamic/multiwan:Any", "any", diff, [isChanged(diff) ? "update" : "same"]),
  ]);
  return {
    manifest: { time: "2026-11-28T00:00:00Z" },
    config: { "multiwan:router": { host: "192.0.2.1", password: "in clear" } },
    resourcePlans: {
      [STACK]: resource("pulumi:pulumi:Stack", "multiwan-north", {}, ["same"]),
      [PROVIDER]: resource("pulumi:providers:pulumi-nodejs", "default", provider, [
        isChanged(provider) ? "update" : "same",
      ]),
      ...Object.fromEntries(parts),
    },
  };
}

/** The same plan, made with these settings of the router: a secret as a whole, or in clear. */
export function planWith(plan: SavedPlan, settings: object): SavedPlan {
  const router = settings === SECRET ? SECRET : JSON.stringify(settings);
  const provider = { ...plan.resourcePlans[PROVIDER], state: { "multiwan:router": router } };
  return { ...plan, resourcePlans: { ...plan.resourcePlans, [PROVIDER]: provider } };
}

/** What `pulumi stack export` prints of resources with these inputs. */
export const stateWith = (inputs: Readonly<Record<string, object>>): string =>
  JSON.stringify({
    version: 3,
    deployment: { resources: Object.entries(inputs).map(([urn, one]) => ({ urn, custom: true, inputs: one })) },
  });
