/**
 * The text of a file as a source for `write_file`: undefined for no file. An empty source removes the file, unless a second
 * one beside it says that it is to be there.
 */
export function source(name: string, text: string | undefined): Record<string, string> {
  return { [name]: text ?? "", ...(text === "" && { [`${name}.there`]: "" }) };
}
