/** A strict reader of the part of XML that a picture needs: it throws at whatever is not well-formed. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (Element | string)[];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

const ATTRIBUTE = /\s+([a-zA-Z][\w-]*)="([^"<]*)"/y;

export function parseXml(text: string): Element {
  let at = 0;
  const fail = (why: string): never => {
    throw new Error(`not well-formed: ${why} at ${at}: ${text.slice(at, at + 40)}`);
  };
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) return undefined;
    at = pattern.lastIndex;
    return match;
  };
  const plain = (raw: string) => {
    if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(raw))
      fail("a character that XML does not have");
    return raw.replace(
      /&(\w*;?)/g,
      (_, name: string) => ENTITIES[name.replace(/;$/, "")] ?? fail(`the entity &${name}`),
    );
  };
  const element = (): Element => {
    const name = take(/<([a-zA-Z][\w-]*)/y)?.[1] ?? fail("no element");
    const attributes = readAttributes();
    if (take(/\s*\/>/y)) return { name, attributes, children: [] };
    if (!take(/\s*>/y)) fail(`the start of ${name}`);
    return { name, attributes, children: readChildren(name) };
  };
  const readAttributes = (): Record<string, string> => {
    const attributes: Record<string, string> = {};
    for (let one = take(ATTRIBUTE); one; one = take(ATTRIBUTE)) {
      if (one[1]! in attributes) fail(`${one[1]} twice`);
      attributes[one[1]!] = plain(one[2]!);
    }
    return attributes;
  };
  const readChildren = (name: string): (Element | string)[] => {
    const children: (Element | string)[] = [];
    for (;;) {
      const inner = take(/[^<]+/y)?.[0];
      if (inner !== undefined) children.push(plain(inner));
      if (take(new RegExp(`</${name}\\s*>`, "y"))) return children;
      children.push(element());
    }
  };
  const root = element();
  take(/\s+/y);
  return at === text.length ? root : fail("more than one root");
}

export function all(root: Element, name: string): Element[] {
  const below = root.children.flatMap((child) => (typeof child === "string" ? [] : all(child, name)));
  return root.name === name ? [root, ...below] : below;
}

export function textOf(element: Element): string {
  return element.children.map((child) => (typeof child === "string" ? child : textOf(child))).join("");
}
