/** Lines typed by hand that the stack file lists under `replace`: they go when the managed ones come, and come back when those go. */
import { formatLine, parseFragment, refuseOpaqueRules } from "../dialects/fragment.ts";
import { lineKey } from "../dialects/line-key.ts";
import type { Issue } from "../kinds/kind.ts";
import type { AddressLine, Fragment, Line, TableNames } from "../model/line.ts";
import { escaped } from "../model/printable.ts";
import type { Live } from "./live.ts";
import type { Manifest } from "./manifest.ts";

/**
 * The listed lines. The lines of a chain stand together, `-N` first, as one entry of several lines or several entries.
 */
export function adoptOf(
  written: readonly string[],
  names: TableNames,
  addresses: readonly AddressLine[],
): { lines: Fragment; issues: Issue[] } {
  // `ip rule show` prints a tab behind the priority.
  const texts = written.flatMap((text) => text.trim().replaceAll("\t", " ").split("\n"));
  const idOf = (name: string) => [...names].find(([, known]) => known === name)?.[0];
  // A line like that would be shown, stored and written back in three places that know lines only.
  const odd = texts.find((text) => escaped(text) !== text);
  if (odd !== undefined) {
    const message = `the line "${odd}" holds control characters, and cannot be taken over; remove it by hand`;
    return { lines: [], issues: [{ path: ["replace"], message }] };
  }
  try {
    const lines = parseFragment(texts.join("\n"), idOf);
    refuseOpaqueRules(lines);
    return { lines: lines.map((line) => byLabel(line, addresses)), issues: [] };
  } catch (error) {
    const message = `${(error as Error).message}; write each line as the router prints it, iptables rules as "-t mangle -A PREROUTING ..."`;
    return { lines: [], issues: [{ path: ["replace"], message }] };
  }
}

/** Where an address has a label, `ip addr show` prints that instead of its device. */
function byLabel(line: Line, addresses: readonly AddressLine[]): Line {
  if (line.kind !== "address") return line;
  const same = addresses.filter((there) => there.address === line.address && there.prefix === line.prefix);
  if (same.some(({ device }) => device === line.device)) return line;
  const labelled = same.find(({ rest = "" }) => ` ${rest} `.includes(` label ${line.device} `));
  return labelled ? { ...line, device: labelled.device } : line;
}

/**
 * A line that is not there when its resource is new is most likely misspelt, and its twin would stay behind. Where all lines of the
 * resource are there, an earlier run has taken it, and what it knew is lost: that is said, and does not stop the repair.
 */
export function notThere(
  adopt: Fragment,
  desired: Fragment,
  live: Live,
  manifest: Manifest,
): { issues: Issue[]; warnings: string[] } {
  // A rule that has been adopted is remembered with its place in its chain, which is no part of what it is.
  const known = new Set([...manifest.values()].flatMap((entry) => entry.found.map(lineKey)));
  const missing = adopt.filter((line) => !live.has(line) && !known.has(lineKey(line)));
  const said = missing.map((line) => `the router has no line "${formatLine(line)[0]}"`);
  return desired.length > 0 && desired.every((line) => live.has(line))
    ? {
        issues: [],
        warnings: said.map(
          (text) => `replace: ${text}, and all that comes in its place is there: destroy will not give it back`,
        ),
      }
    : { issues: said.map((message) => ({ path: ["replace"], message })), warnings: [] };
}
