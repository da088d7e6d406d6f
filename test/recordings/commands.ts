/** The `multiwan` command on a tape: what it prints of a router, and what it would send there. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { multiwan } from "../../provider/cli/program.ts";
import type { Transcript } from "./transcript.ts";

interface Published {
  readonly address: string;
  readonly tcp?: readonly unknown[];
}

/**
 * @param site as it is written
 * @param all else only those that say most
 */
export async function command(
  transcript: Transcript,
  settings: Readonly<Record<string, unknown>>,
  site: Readonly<Record<string, unknown>>,
  all: boolean,
): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "multiwan-play-"));
  try {
    writeFileSync(join(dir, "Pulumi.yaml"), JSON.stringify({ name: "multiwan", runtime: "nodejs" }));
    const config = { "multiwan:router": settings, "multiwan:site": site };
    writeFileSync(join(dir, "Pulumi.lab.yaml"), JSON.stringify({ config }));
    for (const argv of commandsFor(site).slice(0, all ? undefined : 4)) {
      const said: string[] = [];
      const stream = { write: (text: string) => said.push(text) };
      const { signal: stop } = new AbortController();
      const around = { out: stream, err: stream, env: {}, stop, pulumi: () => undefined };
      const code = await multiwan(["--cwd", dir, ...argv], around).catch((error: Error) => `${error.message}`);
      const text = said.join("").replaceAll(dir, "DIR");
      transcript.say(`multiwan ${argv.join(" ")}: ${code}`, text);
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function commandsFor(site: Readonly<Record<string, unknown>>): (readonly string[])[] {
  const published = site.publish as readonly Published[];
  const last = published.at(-1);
  const ports = published.flatMap(({ address, tcp = [] }) => tcp.slice(0, 1).map((port) => ({ address, port })));
  const doors = [ports[0], ports.at(-1)].flatMap((door) => (typeof door?.port === "number" ? [door] : []));
  const packets = [
    ...doors.map(({ address, port }) => `tcp to ${address}:${port}`),
    ...(last ? [`udp 203.0.113.9 to ${last.address}:53`, `icmp 198.51.100.20 to ${last.address}`] : []),
    ...doors.slice(0, 1).map(({ address, port }) => `tcp 172.16.1.50 to ${address}:${port}`),
    "tcp from server1 to 203.0.113.80:443",
    "tcp from server3 to 203.0.113.80:443",
  ];
  return [
    ["show", "--all"],
    ["doctor"],
    ["verify", "--all"],
    ["explain", ...packets[0]!.split(" ")],
    ["show", "--json"],
    ...packets.slice(1).map((packet) => ["explain", ...packet.split(" ")]),
    ["explain", ...packets[0]!.split(" "), "--json"],
    ["diagram", "--format", "mermaid"],
    ["diagram", ...packets[0]!.split(" "), "--format", "mermaid"],
    ["diagram", ...packets.at(-1)!.split(" ")],
    ["log", "on", ...packets[0]!.split(" "), "--for", "90s", "--detach"],
    ["log", "off"],
  ];
}
