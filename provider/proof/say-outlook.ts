/** What a preview and doctor say of connections that are lost, as sentences. */
import { escaped } from "../router/printable.ts";
import type { Lost, Outlook } from "./outlook.ts";

/** One for each line that is to blame. */
export function sayLost({ connections, line, why, packet, shut, already, moved }: Lost): string {
  const are = already && !moved ? "are" : "would be";
  const when = moved ? " when the main table's default moves" : "";
  const what = `${shut ? `published services ${are} shut` : `connections ${are} lost`}${when}`;
  const because = line === "" ? why : `because of "${line}": ${shut ? "it stops" : why}`;
  return escaped(`${what}: ${named(connections)}; ${because}${shut && line !== "" ? ` ${packet}` : ` (${packet})`}`);
}

/** What the change is good for. */
export function sayMended({ connections, line, why, moved }: Lost, what = "this change"): string {
  const because = line === "" ? why : `because of "${line}", ${why}`;
  return escaped(
    `${what} mends connections that ${moved ? "would be lost when the main table's default moves" : "are lost now"}: ${named(connections)}; ${because}`,
  );
}

/** Why nothing can be told of any connection; undefined where anything can. */
export function sayUntold({ untold }: Outlook): string | undefined {
  if (untold.length === 0) return undefined;
  const more = untold.length > SHOWN ? `; and ${untold.length - SHOWN} more reasons` : "";
  return escaped(
    `whether any connection gets its answer cannot be told on this router, before a change and after it: ${untold.slice(0, SHOWN).join("; ")}${more}`,
  );
}

const SHOWN = 3;

function named([first = "", ...more]: readonly string[]): string {
  return more.length > 0 ? `${first} and ${more.length} more` : first;
}
