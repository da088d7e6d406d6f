/** The program of every stack here: one stack per site, all of it in Pulumi.<stack>.yaml. */
import { MultiWan } from "../provider/index.ts";
import { readConfig } from "./config.ts";

export function site() {
  const { links, doors, default: main, via } = new MultiWan("site", readConfig(), { declaredAt: "multiwan:site" });
  return { links, doors, default: main, via };
}
