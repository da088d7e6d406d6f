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
  const addresses: AddressFound[] = [];
  let device: string | undefined;
  for (const line of text.split("\n")) {
    const head = parseDeviceHead(line);
    if (head) device = isDeviceName(head.name) ? head.name : undefined;
    else if (/^\s+inet\s/.test(line)) {
      const inet = orElse(
        () => parseInet(line),
        (error) => {
          if (!keep) throw error;
          keep("ip addr", line.trim());
        },
      );
      if (device === undefined || !inet) continue;
      const { words, name, address, prefix, scope, rest } = inet;
      const label = name === device ? [] : [`label ${name}`];
      const more = [rest, ...label].filter((text) => text !== "").join(" ");
      const found = { kind: "address", device, address, prefix, scope, dynamic: words.includes("dynamic") } as const;
      addresses.push(more === "" ? found : { ...found, rest: more });
    }
  }
  return addresses;
}

/** Words with a value, by what `ip addr add` calls them. */
const WITH_VALUE: ReadonlyMap<string, string> = new Map([
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

/** `inet A/P ...`, or `inet A peer B/P ...`, whose prefix is that of the peer. The last word is a device or a label. */
function parseInet(line: string) {
  const words = line.trim().split(/\s+/);
  const rest: string[] = [];
  let [scope, name, network] = ["global", "", words[1] ?? ""];
  for (let i = 2; i < words.length; i++) {
    const word = words[i]!;
    const value = words[i + 1] ?? "";
    const known = WITH_VALUE.get(word);
    if (word === "scope") scope = words[++i] ?? "global";
    else if (known) {
      rest.push(known, value);
      if (known === "peer") network = value;
      i++;
    } else if (word === "deprecated") rest.push("preferred_lft", "0");
    else if (FLAGS.has(word) || word.startsWith("flags")) rest.push(word);
    else if (!PASSING.has(word)) name = word;
  }
  const address = parseNetwork(words[1] ?? "")?.address ?? "";
  const prefix = parseNetwork(network)?.prefix;
  if (prefix === undefined || !isAddress(address)) throw new NotUnderstood("address", line);
  return { words, name, address, prefix, scope, rest: rest.join(" ") };
}
