/** What the proof of a site costs: `node test/bench/proof.ts SERVICES LINKS`; time and the most memory. */
import { checkSite } from "../../provider/site/check.ts";
import { siteProof } from "../../provider/site/prove.ts";

const [services = 20, count = 2] = process.argv.slice(2).map(Number);
const timed = <T>(what: string, work: () => T): T => {
  const begun = performance.now();
  const result = work();
  console.log(`${what}: ${(performance.now() - begun).toFixed(0)} ms`);
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
const { faults, weaknesses } = timed("proof", () => siteProof(checked.site));
console.log(`${faults.length} faults, ${weaknesses.length} weaknesses`);
console.log(`most memory: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
