/** What becomes of the router's connections, now and with the next up: in the words of the preview. Pure. */

import { escaped } from "../../model/printable.ts";
import { brokenText } from "../../proof/change.ts";
import type { Outlook } from "../../proof/outlook.ts";
import { notOvertaken } from "../../proof/overtaken.ts";
import { sayLost, sayMended, sayUntold } from "../../proof/say-outlook.ts";
import type { Finding, Level } from "./finding.ts";
import type { Patient } from "./patient.ts";

export function connections(
  { snapshot, manifest }: Pick<Patient, "snapshot" | "manifest">,
  outlook: Outlook,
): Finding[] {
  const untold = sayUntold(outlook);
  const broken = brokenText(outlook.broken);
  return [
    ...notOvertaken(outlook.lost, snapshot, manifest).map((one) =>
      say(one.shut || one.moved ? "warning" : "problem", sayLost(one)),
    ),
    ...(broken ? [say("problem", escaped(`the next pulumi up is refused: ${broken.what}: ${broken.why}`))] : []),
    ...(untold === undefined ? [] : [say("warning", untold)]),
    ...outlook.mended.map((one) => say(one.moved ? "warning" : "problem", sayMended(one, "the next pulumi up"))),
  ];
}

const say = (level: Level, text: string): Finding => ({ level, about: "site", text });
