/** The program of every stack here: one stack per site, all of it in Pulumi.<stack>.yaml. */
import { MultiWan } from "../provider/index.ts";
import { readConfig, readVerify } from "./config.ts";
import { verifyWith } from "./verify.ts";

export function site() {
  const declared = new MultiWan("site", readConfig(), { declaredAt: "multiwan:site" });
  verifyWith(readVerify(), declared);
  const { links, published, doors, default: main, via } = declared;
  // `doors` is the name of `published` in earlier versions: there until version 1.0.
  return { links, published, doors, default: main, via };
}
