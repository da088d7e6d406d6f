/** What a preview and doctor say of connections, as sentences, and what kind of sentence one is: `multiwan review` reads them again. */
import { escaped } from "../model/printable.ts";
import type { Lost, Outlook } from "./outlook.ts";

/** One for each line that is to blame. */
export function sayLost(lost: Lost): string {
  const { connections, line, why, packet, shut, already, moved } = lost;
  const when = moved ? " when the main table's default moves" : "";
  const because = line === "" ? why : `because of "${line}": ${shut ? "it stops" : why}`;
  const what = `${shut ? "published services" : "connections"} ${fate(lost, already && !moved)}${when}`;
  return escaped(`${what}: ${named(connections)}; ${because}${shut && line !== "" ? ` ${packet}` : ` (${packet})`}`);
}

/** What the change is good for. */
export function sayMended(lost: Lost, what = "this change"): string {
  const { connections, line, why, moved } = lost;
  const because = line === "" ? why : `because of "${line}", ${why}`;
  const has = fate({ ...lost, shut: false }, !moved);
  const when = moved ? `${has} when the main table's default moves` : `now ${has}`;
  return escaped(`${what} mends connections that ${when}: ${named(connections)}; ${because}`);
}

function fate({ shut, elsewhere }: Pick<Lost, "shut" | "elsewhere">, now: boolean): string {
  if (elsewhere && !shut) return `${now ? "" : "would "}leave by another way than the site says`;
  return `${now ? "are" : "would be"} ${shut ? "shut" : "lost"}`;
}

/** Why nothing can be told of any connection; undefined where anything can. */
export function sayUntold({ untold }: Outlook): string | undefined {
  if (untold.length === 0) return undefined;
  const more = untold.length > SHOWN ? `; and ${untold.length - SHOWN} more reasons` : "";
  return escaped(
    `whether any connection gets its reply cannot be told on this router, before a change and after it: ${untold.slice(0, SHOWN).join("; ")}${more}`,
  );
}

const SHOWN = 3;

/** Which of these sentences one is that a preview has said, with or without the router's name in front of it. */
export function kindOfSaid(text: string): "lost" | "mended" | "untold" | undefined {
  if (/^(?:\S+: )?this change mends connections that /.test(text)) return "mended";
  if (/^(?:\S+: )?(?:published services|connections) (?:are|would|leave) /.test(text)) return "lost";
  return /^(?:\S+: )?whether any connection gets its reply cannot be told /.test(text) ? "untold" : undefined;
}

function named([first = "", ...more]: readonly string[]): string {
  return more.length > 0 ? `${first} and ${more.length} more` : first;
}
