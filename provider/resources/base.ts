/** What all resources of a router have in common on the program's side. */
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { KindName } from "../kinds/index.ts";
import { TYPE_PREFIX } from "../kinds/type-token.ts";
import { formatOwner } from "../model/owner.ts";

/** What a schema takes: each argument a value or an Output. */
export type InputsOf<Schema extends z.ZodType> = {
  [Key in keyof z.input<Schema>]: pulumi.Input<z.input<Schema>[Key]>;
};

/**
 * What a resource takes, from its schema. An Output that is not known yet costs the preview its lines, so pass plain
 * values between these resources and order them with `dependsOn`.
 */
export type ArgsOf<Schema extends z.ZodType> = InputsOf<Schema> & CommonArgs;

/** What every resource takes besides its own arguments. */
export interface CommonArgs {
  /**
   * Lines typed by hand that this resource replaces, as the router prints them (`1024: from all fwmark 0x1 lookup wan_one`,
   * `-t mangle -A PREROUTING -i eth1 -j MARK --set-xmark 0x1/0xffffffff`), that go in the same transaction in which this
   * resource's own lines come, and come back when it is destroyed. Lines equal to its own need no mention. Default none.
   */
  replace?: pulumi.Input<string[]>;
  /**
   * `project/stack` whose lines on this router may pass to this resource, with the memory of what was there before: the
   * stack's predecessor, where it was re-created or renamed without its state. No line of the router moves. Default none.
   */
  takeOverFrom?: pulumi.Input<string>;
}

/** Type token in every stack's state: never changes. */
export function typeToken(kind: KindName): string {
  return `${TYPE_PREFIX}${kind}`;
}

/**
 * The program text that the provider process runs for a resource. It is stored in the state, and `read` and `delete`
 * run what was stored, of whatever age: so it never changes, and only names the module that does the work.
 * Resolved from the working folder, because the text itself has no folder of its own.
 */
export function providerText(kind: KindName): string {
  return `exports.handler = () => require("module").createRequire(process.cwd() + "/")("pulumi-multiwan/runtime").${kind};`;
}

/** Options of a resource on a router. */
export interface RouterResourceOptions extends pulumi.CustomResourceOptions {
  /** Where its arguments come from, such as `multiwan:site.links.wan_one`: errors then name that place. Default: the argument alone. */
  declaredAt?: string;
  /** Places of single arguments, where those are not `declaredAt` and the argument's name: `{ mask: "multiwan:site.mask" }`. Default none. */
  places?: Readonly<Record<string, string>>;
  /** What its component has besides it, as `siblingsOf`: a preview that ends with it tells what it would have said of them. Default none. */
  siblings?: string;
}

/** What a resource is given besides its arguments. @param args without undefined values */
export function inputsOf(
  kind: KindName,
  name: string,
  args: object,
  { declaredAt, places, parent }: Pick<RouterResourceOptions, "declaredAt" | "places" | "parent">,
) {
  return {
    ...args,
    // The methods of a dynamic provider are told neither URN nor name, and the router's manifest needs an owner.
    owner: formatOwner({ project: pulumi.getProject(), stack: pulumi.getStack(), kind, name }),
    ...(declaredAt !== undefined && { declaredAt }),
    ...(places !== undefined && { places }),
    ...(parent && { parents: componentsOf(parent) }),
  };
}

/** A resource on a router: kernel lines that it owns there. */
export abstract class RouterResource extends pulumi.CustomResource {
  /** The kernel lines that this resource means, one per line, as the router prints them. Known in a preview. */
  declare readonly config: pulumi.Output<string>;
  /** The router that has them: `host`, or `host:port`. */
  declare readonly router: pulumi.Output<string>;

  protected constructor(kind: KindName, name: string, args: object, options: RouterResourceOptions = {}) {
    const { declaredAt: _, places: __, siblings, ...rest } = options;
    const inputs = {
      ...inputsOf(kind, name, withCurrentName(name, withoutUndefined(args) as object), options),
      ...(siblings !== undefined && { siblings }),
      together: declaredTogether(() => this),
      __provider: providerText(kind),
      // Declared, or the SDK would not fill them in.
      config: undefined,
      router: undefined,
    };
    super(typeToken(kind), name, inputs, rest);
    ownersOn(this).add(inputs.owner);
  }
}

/**
 * The owners of all resources that the program has declared on a router by the time that it waits for the first of them: what a
 * preview says of the whole router is said when it has seen the last one.
 */
function declaredTogether(resource: () => object): Promise<string[]> {
  return new Promise((resolve) => setImmediate(() => resolve([...ownersOn(resource())].sort())));
}

/** Of one run of one program, by the provider that leads to the router. */
const declared = new WeakMap<object, Map<unknown, Set<string>>>();

function ownersOn(resource: object): Set<string> {
  const { __prov: provider } = resource as Partial<ResourceInternals>;
  const run = pulumi.runtime.getStackResource() ?? NO_STACK;
  const routers = declared.get(run) ?? new Map<unknown, Set<string>>();
  declared.set(run, routers);
  const owners = routers.get(provider) ?? new Set();
  routers.set(provider, owners);
  return owners;
}

/** Mocks run programs without one. */
const NO_STACK = {};

/** `multiwan:index:MultiWan site` and what that is in, the outermost first. The type chain of an URN, with names. */
function componentsOf(parent: pulumi.Resource | undefined): string[] {
  const { __pulumiType: type, __name: name, __parentResource: above } = (parent ?? {}) as Partial<ResourceInternals>;
  return type === undefined || type === pulumi.runtime.rootPulumiStackTypeName
    ? []
    : [...componentsOf(above), `${type} ${name}`];
}

/** What the SDK keeps of each resource, and what an URN is made of. */
interface ResourceInternals {
  readonly __pulumiType: string;
  readonly __name: string;
  readonly __parentResource?: pulumi.Resource;
  /** The explicit provider, where it has one. */
  readonly __prov?: pulumi.ProviderResource;
}

/** Until version 1.0 a program may say `adopt`, which is `replace` now. */
function withCurrentName(name: string, args: { readonly adopt?: unknown; readonly replace?: unknown }): object {
  if (args.adopt === undefined || args.replace !== undefined) return args;
  void pulumi.log.warn(`${name}.adopt is called replace now: rename it; the old name is read until version 1.0`);
  const { adopt, ...rest } = args;
  return { replace: adopt, ...rest };
}

/** An `undefined` below the top level would reach the provider, and fail there as "Unexpected struct type". */
export function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (!isPlain(value)) return value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutUndefined(inner)]));
}

/** Outputs, promises and resources stay what they are. */
function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value));
}
