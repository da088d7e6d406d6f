/** What `pulumi preview --json` prints, as far as a review reads it. Pure. */
import type { KindName } from "../../kinds/index.ts";
import type { Site } from "../../site/schema.ts";
import type { SettingChange } from "../delivery/told-settings.ts";

export type Props = Readonly<Record<string, unknown>>;
export type Op = "create" | "update" | "delete" | "replace";

/** What happens to one resource of a router. */
export interface Step {
  readonly op: Op;
  readonly kind: KindName;
  readonly name: string;
  /** Inputs and outputs that the state has; {} for a new one. */
  readonly before: Props;
  /** Inputs that the preview has checked; {} for one that goes. */
  readonly after: Props;
  /** Name of the component that it is in. */
  readonly component?: string;
}

/** A `MultiWan` that comes, goes or changes as a whole. */
export interface Component {
  readonly op: string;
  readonly name: string;
}

/** What the preview said beside the resources. */
export interface Said {
  readonly severity: "error" | "warning" | "info";
  readonly text: string;
  /** Name of the resource that it is about, where Pulumi says so. */
  readonly about?: string;
}

/** Of `multiwan:router`, or of a `Router`: nothing that could be a secret. */
export interface RouterSaid {
  readonly host?: string;
  readonly port?: number;
  readonly confirmTimeout?: number;
  readonly paths: readonly string[];
  /** Only the address is known. */
  readonly isUnknown?: true;
}

export interface RouterSettingChanges {
  /** Of the router, as its resources have it. */
  readonly address: string;
  readonly changes: readonly SettingChange[];
}

export interface Preview {
  readonly project: string | undefined;
  readonly stack: string | undefined;
  /** Sorted by kind and name: the order in which Pulumi came to them is another in each run. */
  readonly steps: readonly Step[];
  /** How many resources of the router stay as they are. */
  readonly same: number;
  /** Changed resources that are not a router's. */
  readonly others: readonly { readonly op: string; readonly name: string }[];
  /** Sorted, each once. */
  readonly said: readonly Said[];
  /** `multiwan:site` as it is declared now; undefined where a program declares it or it has faults. */
  readonly site: Site | undefined;
  /** The stack's `multiwan:router`. */
  readonly router: RouterSaid;
  /** Devices of links that the stack's outputs name, and the default, before the change. */
  readonly was: { readonly default?: string; readonly devices: ReadonlyMap<string, string> };
  /** Components that are no longer, or not yet, or otherwise in the stack. Sorted. */
  readonly components?: readonly Component[];
  /** Explicit providers that come or change. */
  readonly routers?: readonly RouterSaid[];
  /** Settings of its routers that are others than those of the last run, where a plan tells. */
  readonly settings?: readonly RouterSettingChanges[];
  /** Everything in the config that is a site, in the order of its keys. */
  readonly sites?: readonly Site[];
}
