/** Strings that mean something to a shell, a terminal, a restore file or a script of ours, and what they would do. */
import fc from "fast-check";

/** Commands that leave a file behind if anything runs them. */
export function payloads(canary: (n: number) => string): string[] {
  let n = 0;
  const next = () => `touch ${canary(n++)}`;
  return [
    `$(${next()})`,
    `\`${next()}\``,
    `; ${next()} ;`,
    `'; ${next()}; '`,
    `"; ${next()}; "`,
    `\\'; ${next()} #`,
    `a\n${next()}\n`,
    `a\r\n${next()}\r\n`,
    `a\r${next()}`,
    `END\n${next()}\n`,
    `E0123456789abcdef\n${next()}\n`,
    `a\nline net.ipv4.x = $(${next()})\n`,
    `| ${next()}`,
    `&& ${next()}`,
    `\${IFS}$(${next()})`,
    `a b' "c" $(${next()}) \\`,
    `-n $(${next()})`,
    `\u2028${next()}`,
    `$((a[$(${next()})]))`,
    `*)${next()};;`,
    `}\n${next()}\n{`,
    `COMMIT\n*nat\n-A PREROUTING -j ACCEPT $(${next()})`,
  ];
}

/** Strings that do nothing but look odd. */
export const odd: readonly string[] = [
  ...[
    "",
    " ",
    "-n",
    "-e",
    "--help",
    "'",
    '"',
    "\\",
    "$",
    "`",
    "!",
    "#",
    "~",
    "*",
    "?",
    "[a]",
    "{a,b}",
    "%s",
    "\t",
    "\n",
  ],
  ...[
    "\r",
    "\0",
    "a\0b",
    "\u001b[2J",
    "\u009b31m",
    "\u202eabc",
    "\ufeff",
    "\ud800",
    "é",
    "日本",
    "..",
    "../../etc/passwd",
  ],
  ...["a;reboot", "a$(id)", "a'b", "a*", "a".repeat(5000), "__proto__", "constructor", "1e3", "0x", "eth0\n", " eth0"],
];

/** Anything, with many signs that mean something. */
export const anything = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.string({ unit: fc.constantFrom(..."'\"\\$`!*?[]{}()<>|&;#~ \t\n\r=%+-/.:ae01"), maxLength: 16 }),
  fc.constantFrom(...odd),
  fc.constantFrom(...payloads((n) => `/canary.${n}`)),
);

/** What a value may hold that went through a schema: no sign that means anything to a shell, iptables or ip. */
export const HARMLESS = /^[A-Za-z0-9_.:/@-]*$/;

export const CONTROL =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/u;

/** Paths of all strings in a value, keys that are names included as `key`. */
export function leaves(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value === "string") return [path];
  if (Array.isArray(value)) return value.flatMap((inner, i) => leaves(inner, [...path, i]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

export function replaced<T>(value: T, [head, ...rest]: readonly (string | number)[], by: unknown): T {
  if (head === undefined) return by as T;
  if (Array.isArray(value)) return value.map((inner, i) => (i === head ? replaced(inner, rest, by) : inner)) as T;
  const inner = (value as Record<string, unknown>)[head];
  return { ...value, [head]: replaced(inner, rest, by) };
}

/** Every string in a value. */
export function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}
