/** `npm run demo`: the whole main job against a router in network namespaces, with real packets. See `run`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Drive, drive } from "../../test/drive/index.ts";
import { startSite } from "../../test/lab/site.ts";
import { chooseEngine } from "./engine.ts";
import { lookAround } from "./look.ts";
import { readOptions } from "./options.ts";
import { pulumiOf } from "./pulumi.ts";
import { startRouter } from "./routers.ts";
import { colours, say, summary } from "./screen.ts";
import * as steps from "./steps.ts";

const begun = performance.now();
const { engine: asked, router, keep, quiet } = readOptions(process.argv.slice(2));

/** All that has to be given back, whatever happens. */
const made = new AsyncDisposableStack();
const stopping = new AbortController();

async function stop(code: number): Promise<void> {
  if (stopping.signal.aborted) return;
  stopping.abort();
  console.error("\nStopped; the lab is taken down.");
  await made.disposeAsync().catch((error: Error) => console.error(error.message));
  // A lab that is still starting removes itself at the exit.
  process.exit(code);
}
process.on("SIGINT", () => void stop(130));
process.on("SIGTERM", () => void stop(143));
process.on("SIGHUP", () => void stop(129));

async function demo(): Promise<boolean> {
  const { engine, pulumi: cli, note } = await chooseEngine(asked, stopping.signal);
  say(note);
  // Registered before the lab, so given back after it: by then nobody is left who writes there.
  let user: Drive | undefined;
  made.defer(() => user?.[Symbol.asyncDispose]());
  const scratch = made.adopt(mkdtempSync(join(tmpdir(), "multiwan-demo-")), (dir) => rmSync(dir, { recursive: true }));
  const lab = made.use(await startRouter(router));
  await startSite(lab);
  const print = quiet ? () => undefined : (text: string) => void process.stdout.write(text);
  // drive asks for plain text; undefined takes that back.
  const env = { TMPDIR: scratch, ...(colours ? { NO_COLOR: undefined } : {}) };
  user = drive(lab, { engine, pulumi: cli, print, env });
  const site = { lab, router, drive: user, pulumi: pulumiOf(user, engine) };

  const dump = await steps.before(site);
  await steps.firstPreview(site);
  await steps.firstUp(site);
  await steps.deadIsp(site);
  await steps.manualSwitch(site);
  await steps.secondUp(site);
  await steps.drift(site);
  if (keep) await lookAround(lab, () => void stop(130));
  await steps.destroy(site, dump);
  return summary((performance.now() - begun) / 1000);
}

try {
  process.exitCode = (await demo()) ? 0 : 1;
} catch (error) {
  if (!stopping.signal.aborted) console.error((error as Error).message);
  process.exitCode = 1;
}
if (!stopping.signal.aborted) await made.disposeAsync();
