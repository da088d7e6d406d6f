import { isAddress, parseNetwork } from "../../model/ip.ts";
import type { AddressLine } from "../../model/line.ts";
import { type KeepUnknown, NotUnderstood, orElse } from "../../model/not-understood.ts";
import { isDeviceName, parseDeviceHead } from "./device.ts";

/** `inet 123.234.1.11/32 scope global eth1`; what else a found one has stands behind the device. */
export function formatAddress({ address, prefix, scope = "global", device, rest }: AddressLine): string {
  return `inet ${address}/${prefix} scope ${scope} ${device}${rest === undefined ? "" : ` ${rest}`}`;
}

/** The inverse of formatAddress, which also reads what `ip addr show` prints: there the last word may be a label. */
export function parseAddress(text: string): AddressLine {
  const { words, name, address, prefix, scope, rest } = parseInet(text);
  if (!isDeviceName(name) || !words.some((word) => word.includes("/"))) throw new NotUnderstood("address", text);
  const line = { kind: "address", device: name, address, prefix } as const;
  return { ...line, ...(scope !== "global" && { scope }), ...(rest !== "" && { rest }) };
}

export type AddressFound = AddressLine & { readonly dynamic: boolean; readonly scope: string };

/** IPv4 addresses in the output of `ip addr show`; those on devices with strange names are left out with the device. */
export function parseAddresses(text: string, keep?: KeepUnknown): readonly AddressFound[] {
  let device: string | undefined;
  return text.split("\n").flatMap((line): AddressFound[] => {
    const head = parseDeviceHead(line);
    if (head) device = isDeviceName(head.name) ? head.name : undefined;
    if (head || !/^\s+inet\s/.test(line)) return [];
    const inet = orElse(
      () => parseInet(line),
      (error) => {
        if (!keep) throw error;
        keep("ip addr", line.trim());
      },
    );
    return device === undefined || !inet ? [] : [foundOn(device, inet)];
  });
}

function foundOn(device: string, { words, name, address, prefix, scope, rest }: Inet): AddressFound {
  const label = name === device ? [] : [`label ${name}`];
  const more = [rest, ...label].filter((text) => text !== "").join(" ");
  const found = { kind: "address", device, address, prefix, scope, dynamic: words.includes("dynamic") } as const;
  return more === "" ? found : { ...found, rest: more };
}

/** Words with a value, by what `ip addr add` calls them. */
const WITH_VALUE: ReadonlyMap<string, string> = new Map([
  ["scope", "scope"],
  ["peer", "peer"],
  ["ptp", "peer"],
  ["metric", "metric"],
  ["brd", "brd"],
  ["broadcast", "brd"],
  ["any", "anycast"],
  ["label", "label"],
  ["preferred_lft", "preferred_lft"],
]);

/** Where it stands among others, and how it fares at the moment. */
const PASSING = new Set(["secondary", "tentative", "dadfailed", "optimistic", "permanent"]);

/** Flags that the kernel prints; a device that is called like one of them is not found. */
const FLAGS = new Set([
  "dynamic",
  "deprecated",
  "noprefixroute",
  "temporary",
  "home",
  "nodad",
  "mngtmpaddr",
  "autojoin",
]);

interface Inet {
  readonly words: readonly string[];
  /** A device or a label. */
  readonly name: string;
  readonly address: string;
  readonly prefix: number;
  readonly scope: string;
  readonly rest: string;
}

/** `inet A/P ...`, or `inet A peer B/P ...`, whose prefix is that of the peer. The last word is a device or a label. */
function parseInet(line: string): Inet {
  const words = line.trim().split(/\s+/);
  const [, first = "", ...more] = words;
  const said: Said = { scope: "global", name: "", network: first, rest: [] };
  while (more.length > 0) {
    const word = more.shift()!;
    const known = WITH_VALUE.get(word);
    if (known === undefined) readFlag(said, word);
    else readValue(said, known, more.shift());
  }
  const address = parseNetwork(first)?.address ?? "";
  const prefix = parseNetwork(said.network)?.prefix;
  if (prefix === undefined || !isAddress(address)) throw new NotUnderstood("address", line);
  return { words, name: said.name, address, prefix, scope: said.scope, rest: said.rest.join(" ") };
}

/** What the words behind the address say. */
interface Said {
  scope: string;
  name: string;
  network: string;
  readonly rest: string[];
}

function readValue(said: Said, word: string, value: string | undefined): void {
  if (word === "scope") {
    said.scope = value ?? "global";
    return;
  }
  said.rest.push(word, value ?? "");
  if (word === "peer") said.network = value ?? "";
}

function readFlag(said: Said, word: string): void {
  if (word === "deprecated") said.rest.push("preferred_lft", "0");
  else if (FLAGS.has(word) || word.startsWith("flags")) said.rest.push(word);
  else if (!PASSING.has(word)) said.name = word;
}
