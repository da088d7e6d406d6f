/** Links, and whether the reverse path filter lets through what comes in by them. Pure. */

import { lansOf } from "../../site/links.ts";
import { deviceSetting, type Machine } from "../../walk/machine.ts";
import { defaultLink, type NamedLink } from "../links.ts";
import type { Finding } from "./finding.ts";
import type { Patient } from "./patient.ts";

const WORDS = ["off", "strict", "loose"];

export function linkFindings({ links, carrier, answers }: Patient): Finding[] {
  const about = "links" as const;
  return links.flatMap(({ name, device, gateway }): Finding[] => {
    const state = carrier(device);
    // A device that is missing is a fault of the site, and told there.
    if (state === "missing") return [];
    if (state !== "up")
      return [
        { level: "warning", about, text: `${name}: ${device} is ${state === "down" ? "down" : "without carrier"}` },
      ];
    if (gateway !== undefined && answers(gateway, device) === false)
      return [
        {
          ...{ level: "warning", about, text: `${name}: the gateway ${gateway} does not answer on ${device}` },
          todo: "look at the ISP's device, and whether the gateway is spelt right",
        },
      ];
    return [{ level: "ok", about, text: `${name}: ${device} is up` }];
  });
}

/** @param machine as it will be when the site has been applied */
export function reversePath(patient: Patient, machine: Machine): Finding[] {
  const { links, site, snapshot } = patient;
  const about = "pitfalls" as const;
  const main = defaultLink(links, snapshot.routes);
  const found = links.flatMap((link): Finding[] => {
    const why = dropsAnswers(link, machine, site?.marking ?? "every-packet");
    if (why === undefined) return [];
    const moved = link === main ? " as soon as the default moves to another link" : "";
    return [
      {
        ...{ level: link === main ? "warning" : "problem", about },
        text: `${link.name}: ${why}; what comes in by ${link.device} is dropped${moved}`,
        todo: `reversePath: loose for ${link.name}, or sysctl -w net.ipv4.conf.${link.device}.rp_filter=2`,
      },
    ];
  });
  const inside = site ? lansOf(site) : [];
  for (const { device, networks } of inside) {
    if (deviceSetting(machine, device, "rp_filter") !== 1 || deviceSetting(machine, device, "src_valid_mark") === 0)
      continue;
    for (const { name, table } of links) {
      const routes = snapshot.routes.filter((route) => route.table === table);
      // A table that is not there yet comes with the LAN's routes.
      const lacking = networks.filter(
        (network) => !routes.some((r) => r.destination === network && r.device === device),
      );
      if (routes.length > 0 && lacking.length > 0)
        found.push({
          ...{ level: "problem", about },
          text: `${device} is strict and looks at marks (src_valid_mark), and the table of ${name} has no route to ${lacking.join(", ")}: replies from there are dropped`,
          todo: `sysctl -w net.ipv4.conf.all.src_valid_mark=0, or pulumi up, which puts the LAN's routes into the table`,
        });
    }
  }
  if (found.length > 0 || links.length === 0) return found;
  const words = [...links.map(({ device }) => device), ...inside.map(({ device }) => device)].map(
    (device) => `${device} ${WORDS[deviceSetting(machine, device, "rp_filter")] ?? "?"}`,
  );
  return [{ level: "ok", about, text: `reverse path filter: ${words.join(", ")}` }];
}

/** A strict filter looks the source up as if the packet came without a mark, unless src_valid_mark says otherwise. */
function dropsAnswers({ device }: NamedLink, machine: Machine, marking: string): string | undefined {
  if (deviceSetting(machine, device, "rp_filter") !== 1) return undefined;
  const own = machine.sysctls.get(`net.ipv4.conf.${device.replaceAll(".", "/")}.rp_filter`) ?? "0";
  const strict = `its reverse path filter is strict (all ${machine.sysctls.get("net.ipv4.conf.all.rp_filter") ?? "0"}, ${device} ${own})`;
  if (marking === "reply-only") return `${strict}, and with reply-only marking packets from outside carry no mark`;
  return deviceSetting(machine, device, "src_valid_mark") === 0 ? `${strict} and does not look at marks` : undefined;
}
