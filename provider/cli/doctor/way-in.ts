/** By which address the operator came in, and what is published near it. Pure. */
import type { Operator } from "../../kinds/kind.ts";
import { doorsOf, formatPort } from "../../site/doors.ts";
import type { Site } from "../../site/schema.ts";
import type { Finding } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** What captures the way in is a problem of the site, and told there by the preview's own words. */
export function wayIn({ operator, site }: Pick<Patient, "operator" | "site">): Finding[] {
  if (operator === undefined) return [];
  const { client, server, port } = operator;
  if (client === undefined || server === undefined)
    return [
      {
        ...{ level: "note", about: "router" },
        text: "the router does not say by which address this session came in (SSH_CONNECTION): published services are compared with the addresses in multiwan:router alone",
      },
    ];
  const near = site ? publishedAt(site, server) : [];
  const services = near.length === 0 ? "nothing is published there" : `published there: ${near.join(", ")}`;
  return [
    {
      ...{ level: "ok", about: "router" },
      text: `this session came in by ${server} port ${port}, from ${client}; ${services}`,
    },
  ];
}

/** `tcp 25 to server2`, in the order of the stack file. */
function publishedAt({ publish }: Site, address: NonNullable<Operator["server"]>): string[] {
  return publish
    .filter((entry) => entry.address === address)
    .flatMap((entry) =>
      doorsOf(entry).map(({ protocol, port }) => `${protocol} ${formatPort(port)} to ${entry.server}`),
    );
}
