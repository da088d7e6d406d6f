/** The program of every stack here: one stack per site, all of it in Pulumi.<stack>.yaml. */
import { MultiWan } from "../provider/index.ts";
import { readConfig, readVerify } from "./config.ts";
import { verifyWith } from "./verify.ts";

export function site() {
  const declared = new MultiWan("site", readConfig(), { declaredAt: "multiwan:site" });
  verifyWith(readVerify(), declared);
  const { links, doors, default: main, via } = declared;
  return { links, doors, default: main, via };
}
