import { parseArgs } from "node:util";
import type { Engine } from "../../test/drive/index.ts";
import { type DemoRouter, ROUTERS } from "./routers.ts";

export interface Options {
  /** Undefined: whichever can be had, the real CLI first. */
  readonly engine: Engine | undefined;
  /** What stands on the router before. */
  readonly router: DemoRouter;
  /** Wait before the end, so that people can look around on the router. */
  readonly keep: boolean;
  /** Leave out what Pulumi prints. */
  readonly quiet: boolean;
}

const USAGE = `usage: npm run demo -- [--router foreign|fresh|nft] [--engine pulumi|stand-in] [--keep] [--quiet]
  --router  foreign: with other people's iptables rules (the default); fresh: with empty tables; nft: with native nft rules
  --engine  pulumi, or the stand-in of test/engine; without it pulumi from PATH, else from npx, else the stand-in
  --keep    wait before the end and say how to log in to the router
  --quiet   leave out what Pulumi prints`;

export function readOptions(args: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        engine: { type: "string" },
        router: { type: "string", default: "foreign" },
        keep: { type: "boolean", default: false },
        quiet: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const { engine, keep, quiet, help } = values;
    const router = ROUTERS.find((one) => one === values.router);
    if (help) {
      console.log(USAGE);
      process.exit(0);
    }
    if (engine !== undefined && engine !== "pulumi" && engine !== "stand-in")
      throw new Error(`--engine ${engine}: there are pulumi and stand-in`);
    if (!router) throw new Error(`--router ${values.router}: there are ${ROUTERS.join(", ")}`);
    return { engine, router, keep, quiet };
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    process.exit(2);
  }
}
