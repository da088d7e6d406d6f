/** One provider session, measured from the operator's place: `node probe.ts SETTINGS`. Prints JSON. */
import { randomBytes } from "node:crypto";
import { standalone } from "../../../provider/dialects/script.ts";
import { snapshotScript } from "../../../provider/observe/snapshot-script.ts";
import { openSession } from "../../../provider/ssh/session.ts";
import { parseRouterSettings } from "../../../provider/ssh/settings.ts";

const read = parseRouterSettings(process.argv[2]);
if ("issues" in read) throw new Error(JSON.stringify(read.issues));
const seconds = (from: number) => Math.round((performance.now() - from) / 10) / 100;
const start = performance.now();
const session = await openSession(read.settings);
const first = performance.now();
await session.exchange("true");
const handshake = seconds(start);
const shell = seconds(first);
const readings: number[] = [];
for (let i = 0; i < 3; i++)
  readings.push((await session.exchange(snapshotScript(randomBytes(8).toString("hex")))).ms / 1000);
const script = standalone(snapshotScript("0123456789abcdef")).length;
console.log(
  JSON.stringify({
    handshake,
    shell,
    readings: readings.map((s) => Math.round(s * 100) / 100),
    script,
    ...session.algorithms,
  }),
);
await session.close();
