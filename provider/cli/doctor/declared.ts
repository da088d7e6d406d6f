/** What the next preview would say of the declared site on this router: by the preview's own functions. Pure. */

import { forwardingWarnings } from "../../coexistence/warnings.ts";
import { formatFragment } from "../../dialects/fragment.ts";
import { kindOf } from "../../kinds/index.ts";
import { issuePlace } from "../../kinds/kind.ts";
import type { Fragment } from "../../model/line.ts";
import { formatOwner, parseOwner, shortName, stackOf } from "../../model/owner.ts";
import { escaped } from "../../model/printable.ts";
import { judge } from "../../plan/judge.ts";
import type { Request } from "../../plan/settlement.ts";
import { outlookWith } from "../../proof/outlook.ts";
import { compose } from "../../site/compose.ts";
import { placeOf } from "../../site/faults.ts";
import { placesOf } from "../../site/places.ts";
import type { Site } from "../../site/schema.ts";
import { connections } from "./connections.ts";
import type { Finding } from "./finding.ts";
import type { Patient } from "./patient.ts";

const ROOT = "multiwan:site";

export interface Judgement {
  readonly findings: readonly Finding[];
  /** All lines that the site means on this router. */
  readonly declared: Fragment;
}

export function judgeSite(patient: Patient, site: Site): Judgement {
  const { project, stack, manifest, live, snapshot } = patient;
  const claims = new Map<string, Fragment>();
  // That the whole router forwards nothing is a problem of its own (abilities.ts).
  const told = new Set(forwardingWarnings(snapshot, new Set()));
  const leaving = new Set<string>();
  const findings: Finding[] = [];
  const requests: Request[] = [];
  const resources = compose(site, prefixOf(patient));
  for (const resource of resources) {
    const kind = kindOf(resource.kind);
    const owner = formatOwner({ project, stack, kind: resource.kind, name: resource.name });
    const args = kind.schema.parse(resource.args);
    const given = { kind, owner, args, adopt: resource.replace ?? [], applied: manifest.has(owner) };
    const takeOverFrom = resource.takeOverFrom ?? patient.takeOverFrom;
    const heir = { ...given, ...(takeOverFrom !== undefined && { takeOverFrom }) };
    const { issues, warnings, desired, adopt } = judge(heir, patient, live, claims, leaving);
    requests.push({ owner, desired, adopt, ...(takeOverFrom !== undefined && { takeOverFrom }) });
    const places = Object.fromEntries(
      Object.entries(placesOf(site, resource)).map(([key, path]) => [key, placeOf(path, ROOT)]),
    );
    const at = placeOf(resource.at, ROOT);
    for (const { path, message } of issues)
      findings.push({ level: "problem", about: "site", text: `${issuePlace(at, places, path)}${message}` });
    for (const text of warnings.filter((text) => !told.has(text)))
      findings.push({ level: "warning", about: "site", text });
  }
  const declared = [...claims.values()].flat();
  const missing = declared.filter((line) => !live.has(line));
  if (!findings.some(({ level }) => level === "problem"))
    findings.push({
      ...{ level: "ok", about: "site" },
      text: `nothing on this router stands in the way of the ${resources.length} resources of ${ROOT}`,
    });
  if (missing.length > 0) {
    const rows = formatFragment(missing, snapshot.tableNames.names).split("\n").length;
    findings.push({
      ...{ level: "note", about: "site" },
      text: `${rows} lines that it means are not on the router`,
      todo: "pulumi preview --diff shows them, pulumi up puts them there",
    });
  }
  findings.push(...undeclared(patient, new Set(requests.map(({ owner }) => owner))));
  // What is refused is not made.
  if (findings.some(({ level }) => level === "problem")) return { findings, declared };
  return { findings: [...findings, ...connections(patient, outlookWith(patient, requests, claims))], declared };
}

/**
 * Entries of this stack in the router's list that the site has no resource for. An update removes what the state knows: after a state was
 * lost, or with retainOnDelete, neither `up` nor `destroy` ever touches them.
 */
function undeclared({ manifest, live, project, stack }: Patient, known: ReadonlySet<string>): Finding[] {
  const others = [...manifest]
    .filter(([owner]) => stackOf(owner) === `${project}/${stack}` && !known.has(owner))
    .map(([owner, { lines }]) => ({
      name: shortName(owner),
      lines: lines.filter((line) => live.has(line)).length,
    }))
    .filter(({ lines }) => lines > 0);
  if (others.length === 0) return [];
  const texts = others.map(({ name, lines }) => `${name} (${lines} ${lines === 1 ? "line" : "lines"})`);
  return [
    {
      ...{ level: "warning", about: "site" },
      text: escaped(`the router has lines of this stack that the site does not declare: ${texts.join(", ")}`),
      todo: "pulumi up removes what its state has. What it has not, after a state was lost or retainOnDelete: declare it again, pulumi up, remove it, pulumi up",
    },
  ];
}

/** What the program called its MultiWan: the manifest knows once it has been applied. */
function prefixOf({ manifest, project, stack }: Patient): string {
  const owners = [...manifest.keys()].filter((owner) => stackOf(owner) === `${project}/${stack}`).map(parseOwner);
  const marks = owners.find(({ kind, name }) => kind === "ConnmarkChain" && name.endsWith("-marks"));
  return marks?.name.slice(0, -"-marks".length) ?? "site";
}
