/** A property for a list that has members; none for one without. */
export function listed<Name extends string, Value>(
  name: Name,
  values: readonly Value[],
): { [name in Name]?: readonly Value[] } {
  return (values.length > 0 ? { [name]: values } : {}) as { [name in Name]?: readonly Value[] };
}
