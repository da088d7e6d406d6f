/** The forge of a test as a process of its own, in the operator's network: `node forge-main.ts github|gitlab|forgejo STATE PLANS`. */
import { writeFileSync } from "node:fs";
import { type Kind, startForge } from "./forge.ts";

const [kind, state, plans] = process.argv.slice(2) as [Kind, string, string];
const keep = () => writeFileSync(state, JSON.stringify({ issues: forge.issues, comments: forge.comments }));
const forge = await startForge(kind, { changed: () => keep(), plans });
keep();
console.log(JSON.stringify(forge.env));
