/** A stack that the provider's methods are called for directly, and what its runs say. */
import type * as pulumi from "@pulumi/pulumi";
import type { KindName } from "../../provider/kinds/index.ts";
import type { Places } from "../../provider/site/places.ts";
import type { siblingsOf } from "../../provider/site/siblings.ts";
import type { Ran, Site } from "../drive/index.ts";

export interface Resource {
  readonly kind: KindName;
  readonly name: string;
  readonly args: object;
  readonly dependsOn?: readonly string[];
  /** Where the site declares it. */
  readonly at?: readonly string[];
  readonly places?: Places;
  readonly replace?: readonly string[];
  /** The name of `replace` in earlier versions. */
  readonly adopt?: readonly string[];
  readonly takeOverFrom?: string;
  /** The components that it is in. */
  readonly parents?: readonly string[];
}

export type Op = "create" | "update" | "same" | "delete" | "replace" | "failed";

export interface Run extends Ran {
  /** By resource name; resources of a preview that failed have none. */
  readonly ops: Readonly<Record<string, Op>>;
  /** Why a resource failed, by its name. */
  readonly failures: Readonly<Record<string, string>>;
  readonly drift: readonly string[];
  /** Of the provider process that did the last part: the preview's, or the update's. */
  readonly exchanges: number;
}

export interface Direct extends AsyncDisposable {
  /** The site as in Pulumi.lab.yaml; change it, and the next run sees it. */
  site: Site;
  /** Connection settings; change them likewise. */
  router: Record<string, unknown>;
  /** Instead of what the site means. */
  resources: readonly Resource[] | undefined;
  /** Project and stack, `multiwan/lab`; change them, and the next run is one of the renamed stack. */
  stack: string;
  /** What the resources of a site are called: `site`. */
  component: string;
  /** By a resource's name, the name that the state knows it by: pulumi's aliases. */
  aliases: Readonly<Record<string, string>>;
  /** Resources that the next run replaces, as `up --replace` does; the old ones are deleted at its end, first, or by the run after it. */
  replace: Readonly<Record<string, "after" | "first" | "later">>;
  parallel: number;
  /** A preview ends at the first resource that is refused, as with the engine; its checks come one after another. */
  endsAtRefusal: boolean;
  /** false: all creates and updates share one transaction, whatever depends on what. */
  inOrder: boolean;
  preview(): Promise<Run>;
  up(): Promise<Run>;
  /** `up --skip-preview`. */
  update(): Promise<Run>;
  /** What the router has becomes the state; a resource that is gone leaves it. */
  refresh(): Promise<void>;
  destroy(): Promise<Run>;
  /** An update without a preview in one transaction, for a router that a test begins with. Throws where it fails. */
  deploy(): Promise<Run>;
  /** What the stack's state holds, by resource name: to be kept, and put back. */
  state: ReadonlyMap<string, Stored>;
}

export interface Passed {
  readonly ops: Record<string, Op>;
  readonly failures: Record<string, string>;
  readonly drift: string[];
}

export interface Pass extends Passed {
  readonly resources: readonly Resource[];
  readonly apply: boolean;
  /** As it was. */
  readonly known: ReadonlyMap<string, Stored | undefined>;
  readonly siblings: ReturnType<typeof siblingsOf>;
}

export type Props = Record<string, unknown>;
export type Providers = Readonly<Record<KindName, pulumi.dynamic.ResourceProvider>>;

export interface Stored extends Resource {
  readonly id: string;
  readonly outs: Props;
}
