/** XML with everything in it escaped: whatever a stack file says is text, never markup. */

/** A piece of finished markup. Only this file makes one from a text. */
export interface Markup {
  readonly xml: string;
}

type Value = string | number | undefined;

export function element(
  name: string,
  attributes: Readonly<Record<string, Value>>,
  ...content: (Markup | string)[]
): Markup {
  const given = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeXml(`${value}`)}"`)
    .join("");
  const inner = content.map((one) => (typeof one === "string" ? escapeXml(one) : one.xml)).join("");
  return { xml: inner === "" ? `<${name}${given}/>` : `<${name}${given}>${inner}</${name}>` };
}

/** Elements below each other, each on its own line: a diff of two pictures can be read. */
export function group(attributes: Readonly<Record<string, Value>>, content: readonly Markup[]): Markup {
  return element("g", attributes, { xml: `\n${content.map(({ xml }) => xml).join("\n")}\n` });
}

/** Characters that XML 1.0 does not have become the replacement character: escaped or not, no parser would take them. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
