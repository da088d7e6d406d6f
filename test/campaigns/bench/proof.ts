/** What the proof of a site costs: `node test/campaigns/bench/proof.ts SERVICES LINKS [preview]`; time and the most memory. */

import type { Snapshot } from "../../../provider/model/snapshot.ts";
import { formatManifest } from "../../../provider/plan/manifest.ts";
import { outlookOf } from "../../../provider/proof/outlook.ts";
import { checkSite } from "../../../provider/site/check.ts";
import { declaredLines, onPlainRouter } from "../../../provider/site/declared.ts";
import { siteProof } from "../../../provider/site/prove.ts";

const [services = 20, count = 2] = process.argv.slice(2, 4).map(Number);
/** A provider process has not proved the declaration before. */
const isPreview = process.argv[4] === "preview";
const timed = <T>(what: string, work: () => T): T => {
  const [begun, before] = [performance.now(), process.cpuUsage()];
  const result = work();
  const { user, system } = process.cpuUsage(before);
  console.log(
    `${what}: ${(performance.now() - begun).toFixed(0)} ms, ${((user + system) / 1000).toFixed(0)} ms of processor`,
  );
  return result;
};

const links = Object.fromEntries(
  Array.from({ length: count }, (_, i) => [
    `wan_${i + 1}`,
    { id: i + 1, device: `eth${i + 1}`, gateway: `100.${64 + i}.0.1`, address: `100.${64 + i}.0.2` },
  ]),
);
const server = (i: number) => `10.0.${1 + (i >> 7)}.${2 + (i & 127)}`;
const site = {
  default: "wan_1",
  lan: { device: "eth0", networks: ["10.0.0.0/16"] },
  links,
  servers: Object.fromEntries(Array.from({ length: services }, (_, i) => [`s${i}`, server(i)])),
  publish: Array.from({ length: services }, (_, i) => ({
    link: `wan_${1 + (i % count)}`,
    address: `123.${1 + (i % count)}.${i >> 8}.${i & 255}`,
    server: `s${i}`,
    tcp: [443],
  })),
};
const checked = timed("check", () => checkSite(site));
if ("faults" in checked) throw new Error(JSON.stringify(checked.faults.slice(0, 5)));
if (!isPreview) {
  const { faults, weaknesses } = timed("proof", () => siteProof(checked.site));
  console.log(`${faults.length} faults, ${weaknesses.length} weaknesses`);
}
const live = onPlainRouter(checked.site) as Snapshot;
const manifest = new Map([["bench/bench/Site/site", { lines: declaredLines(checked.site), found: [] }]]);
const snapshot = { ...live, manifest: formatManifest(manifest) };
const outlook = timed("what a preview says of it", () => outlookOf(snapshot, snapshot, manifest));
const emptied = { ...snapshot, rules: snapshot.rules.filter(({ mark }) => mark === undefined) };
const mended = timed("and where every mark's rule is gone", () => outlookOf(emptied, snapshot, manifest));
console.log(`${outlook.lost.length} lost, ${mended.mended.length} mended`);
console.log(`most memory: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
