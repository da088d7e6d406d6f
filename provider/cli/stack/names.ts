/** Names as Pulumi writes them. Pure. */
import { TYPE_PREFIX } from "../../kinds/type-token.ts";

/** Of `org/project/stack` the stack alone, as its file has it. */
export function stackName(stack: string): string {
  return stack.slice(stack.lastIndexOf("/") + 1);
}

export interface Urn {
  readonly stack: string;
  readonly project: string;
  /** Without those of the parents. */
  readonly type: string;
  readonly name: string;
}

/** `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME` */
export function parseUrn(urn: string): Urn {
  const [head = "", project = "", types = "", ...name] = urn.split("::");
  return {
    stack: head.replace(/^urn:pulumi:/, ""),
    project,
    type: types.slice(types.lastIndexOf("$") + 1),
    name: name.join("::"),
  };
}

/** Type of the provider that runs dynamic resources: the settings of a router are its inputs. */
export const DYNAMIC_PROVIDER = "pulumi:providers:pulumi-nodejs";

/** Is it the provider that Pulumi makes by itself, of the stack's config? */
export function isDefaultProvider(urn: string): boolean {
  return /^default(_|$)/.test(parseUrn(urn).name);
}

/** Of a resource of this package its kind: `FwmarkRule`. */
export function kindOfType(type: string): string | undefined {
  return type.startsWith(TYPE_PREFIX) ? type.slice(TYPE_PREFIX.length) : undefined;
}
