/** Property values as they travel: plain JSON with marked objects for secrets and resource references. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };
export type Properties = { [key: string]: Value };

/** Wire marks of the Pulumi protocol (`sdk/nodejs/runtime/rpc.ts`). */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
export const sigKey = "4dabf18193072939515e22adb298388d";
export const secretSig = "1b47061264138c4ac30d75fd1eb44270";
const referenceSig = "5cf8f73096256a8f31e491e813e4eb8e";

export const isObject = (value: Value | undefined): value is { readonly [key: string]: Value } =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const isList = (value: Value | undefined): value is readonly Value[] => Array.isArray(value);
export const isSecret = (value: Value | undefined): value is { readonly [key: string]: Value } =>
  isObject(value) && value[sigKey] === secretSig;
export const makeSecret = (value: Value): Value => (isSecret(value) ? value : { [sigKey]: secretSig, value });

export function mapObject(value: { readonly [key: string]: Value }, change: (value: Value) => Value): Properties {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item)]));
}

export function containsSecret(value: Value | undefined): boolean {
  if (isSecret(value)) return true;
  if (isList(value)) return value.some(containsSecret);
  return isObject(value) && Object.values(value).some(containsSecret);
}

export function containsUnknown(value: Value | undefined): boolean {
  if (value === unknownValue) return true;
  if (isList(value)) return value.some(containsUnknown);
  return isObject(value) && Object.values(value).some(containsUnknown);
}

export function unwrap(value: Value): Value {
  if (isList(value)) return value.map(unwrap);
  if (isSecret(value)) return unwrap(value.value ?? null);
  return isObject(value) ? mapObject(value, unwrap) : value;
}

/** What a provider that accepts neither secrets nor resources is sent; unknowns are dropped outside a preview. */
export function toProvider(properties: Properties, keepUnknowns: boolean): Properties {
  const convert = (value: Value): Value => {
    if (isList(value)) return value.filter((item) => keepUnknowns || item !== unknownValue).map(convert);
    if (isSecret(value)) return convert(value.value ?? null);
    if (isObject(value)) return value[sigKey] === referenceSig ? referenceId(value) : convertAll(value);
    return value;
  };
  const convertAll = (object: { readonly [key: string]: Value }): Properties =>
    Object.fromEntries(
      Object.entries(object)
        .filter(([, value]) => keepUnknowns || value !== unknownValue)
        .map(([key, value]) => [key, convert(value)]),
    );
  return convertAll(properties);
}

function referenceId(reference: { readonly [key: string]: Value }): Value {
  return reference.id === undefined || reference.id === "" ? (reference.urn ?? "") : unwrap(reference.id);
}

/** Secrets are marked again by property name: a secret copied to another name is not recognised. */
export function annotateSecrets(outputs: Properties, inputs: Properties): Properties {
  const marked: Properties = { ...outputs };
  for (const [key, input] of Object.entries(inputs)) {
    const output = marked[key];
    if (output === undefined) continue;
    if (isObject(output) && isObject(input) && !isSecret(output) && !isSecret(input)) {
      marked[key] = annotateSecrets(output, input);
    } else if (!isSecret(output) && containsSecret(input)) {
      marked[key] = makeSecret(output);
    }
  }
  return marked;
}

export function equal(left: Value | undefined, right: Value | undefined): boolean {
  if (left === right) return true;
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((item, index) => equal(item, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => equal(left[key], right[key]));
}
