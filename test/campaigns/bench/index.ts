/**
 * `npm run bench -- [--rounds 5] [--rtt 0,100] [--engine pulumi|stand-in] [--only TEXT]`: one router, one site, six jobs of its
 * administrator; pulumi-multiwan beside what he would take instead. Ways take turns in each round, each with a router of its
 * own, and after each job real connections tell whether it was done. `--rtt`: milliseconds there and back, one table each.
 */
import { parseArgs } from "node:util";
import { hasPulumi } from "../../drive/index.ts";
import { startLab } from "../../lab/index.ts";
import { startSite } from "../../lab/site.ts";
import { startLine } from "../faults/line.ts";
import { type Cost, createMeter } from "./meter.ts";
import { JOBS, type Job, LOST } from "./site.ts";
import { tables } from "./table.ts";
import type { Way } from "./way.ts";
import { ansible } from "./ways/ansible.ts";
import { product } from "./ways/product.ts";
import { remoteCommand } from "./ways/remote-command.ts";
import { script } from "./ways/script.ts";
import { faults } from "./works.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    rtt: { type: "string", default: "0,100" },
    engine: { type: "string", default: hasPulumi() ? "pulumi" : "stand-in" },
    /** Ways with this in their name. */
    only: { type: "string", default: "" },
  },
});

const engine = values.engine as "pulumi" | "stand-in";
const all = [product(engine, false), product(engine, true), remoteCommand, ansible, script];
const ways = all.filter(({ name }) => name.includes(values.only));
const playable = ways.filter((way) => {
  const obstacle = way.obstacle();
  if (obstacle !== undefined) console.log(`skipped: ${way.name}: ${obstacle}`);
  return obstacle === undefined;
});

/** Plays all jobs once and adds what they cost; answers what did not work, by job. */
async function play(way: Way, rtt: number, costs: Map<Job, Cost[]>): Promise<string[]> {
  await using lab = await startLab();
  await startSite(lab);
  // The lab has no name servers, and some tools look up the names of all addresses: an answer at once, as a real site's are.
  await lab.router.exec("sed -i 's/^hosts:.*/hosts: files/' /etc/nsswitch.conf");
  const line = rtt > 0 ? await startLine(lab, rtt / 2) : undefined;
  using meter = createMeter(lab);
  await using hand = await way.start(lab, line ? { host: "127.0.0.1", port: line.port } : lab.router.ssh);
  const found = await lab.router.dump();
  const said: string[] = [];
  for (const job of Object.keys(JOBS) as Job[]) {
    if (job === "repair") await lab.router.exec(`ip rule del ${LOST}`);
    const cost = await meter.measure(() => hand.do(job));
    costs.set(job, [...(costs.get(job) ?? []), cost]);
    const wrong = await faults(lab, job, found);
    said.push(...wrong.map((text) => `${way.name}: ${JOBS[job].what}: ${text}`));
    // The next job begins with a whole router.
    if (job === "repair" && wrong.length > 0) await lab.router.exec(`ip rule add ${LOST}`);
  }
  line?.close();
  return said;
}

for (const rtt of values.rtt.split(",").map(Number)) {
  const costs = new Map(playable.map(({ name }) => [name, new Map<Job, Cost[]>()]));
  const said = new Map<string, number>();
  for (let round = 0; round < Number(values.rounds); round++)
    for (const way of playable)
      for (const text of await play(way, rtt, costs.get(way.name)!)) said.set(text, (said.get(text) ?? 0) + 1);
  console.log(`\n### ${rtt} ms there and back, ${values.rounds} rounds, medians\n\n${tables(costs)}\n`);
  for (const [text, times] of said) console.log(`- ${times} of ${values.rounds}: ${text}`);
}
